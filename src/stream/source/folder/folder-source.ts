/**
 * Frames from a folder that somebody else writes into.
 *
 * A listing is the truth about what is there; events only say when to look. See README.md beside this file for states and limits.
 *
 * @module
 */
import { lstat } from "node:fs/promises";
import { join, sep } from "node:path";
import { errorText } from "../../base/errors.js";
import type { Clock } from "../../flow/clock.js";
import { orAborted } from "../or-aborted.js";
import type { FrameSink, FrameSource, OfferedFrame, SourceHealth } from "../source.js";
import { type Candidate, type ExamineOptions, examine, labelOf, sight, type Taking, type Verdict } from "./examine.js";
import { fingerprintFrom, frameKey } from "./fingerprint.js";
import { KnownFiles } from "./known-files.js";
import { type Listing, listFolder } from "./listing.js";
import { compareNatural, isIgnoredName } from "./names.js";
import { seriesPrefix } from "./series.js";
import { usableFolder } from "./usable-folder.js";
import { Wakes } from "./wakes.js";
import { type WatchDirectory, watchDirectory } from "./watch.js";

export interface FolderSourceOptions extends Pick<ExamineOptions, "inspect" | "clock"> {
  readonly dir: string;
  /** Whether subfolders are watched too; default no. */
  readonly recursive?: boolean;
  /** What happens to files that are there at the start. An ignored file that changes later is taken. */
  readonly existing: "take" | "ignore";
  /** Rest after the last change before a file is looked into, ms; 0 takes a file as soon as its headers say that it is complete. */
  readonly settleMs: number;
  /**
   * Rest of a file that its headers call complete but that may still be written, ms: a series that may grow, zeros where the last data
   * should be. Default 2000.
   */
  readonly quietMs?: number;
  /** Rest after which an incomplete file is refused, ms. If it grows later, it is looked at again. */
  readonly incompleteTimeoutMs: number;
  /** Time between two listings without events, ms. */
  readonly pollMs: number;
  /** The events; those of the operating system by default. */
  readonly watch?: WatchDirectory;
}

const QUIET_MS = 2_000;
/** Shortest time between two listings, however many events come. */
const LISTING_REST_MS = 50;
/** Listings rest this many times as long as they take, so that a folder of 40,000 files costs a tenth of a core. */
const REST_FACTOR = 10;
/** Longest such rest: a listing also seems to take long when the process was busy with something else. */
const LONGEST_REST_MS = 1_000;
/**
 * Files of which each listing looks at the fingerprint again, in turn, for changes in place whose event was lost. More would hold new
 * files up: these take 8 ms.
 */
const SWEEP_FILES = 250;
/** Files looked at together: more than Node's four file threads gain nothing. */
const LOOKS_AT_ONCE = 16;

/** A source of the image files in a folder. Nothing in the folder is ever changed. */
export const createFolderSource = (options: FolderSourceOptions): FrameSource => new FolderSource(options);

class FolderSource implements FrameSource {
  readonly name: string;
  readonly #options: FolderSourceOptions;
  readonly #clock: Clock;
  readonly #known = new KnownFiles();
  readonly #wakes: Wakes;
  readonly #closing = new AbortController();
  readonly #listed: { endedAtMs: number; tookMs: number } = { endedAtMs: Number.NEGATIVE_INFINITY, tookMs: 0 };
  #sweepFrom = 0;
  #wantsListing = false;
  #root = "";
  #sink: FrameSink | null = null;
  #trouble: SourceHealth | null = null;
  #running: Promise<void> | null = null;
  #closePromise: Promise<void> | null = null;

  constructor(options: FolderSourceOptions) {
    this.name = `folder:${options.dir}`;
    this.#options = Object.freeze({ ...options });
    this.#clock = options.clock;
    this.#wakes = new Wakes(options.watch ?? watchDirectory, options.clock);
  }

  health(): SourceHealth {
    if (this.#trouble !== null) return this.#trouble;
    const failure = this.#wakes.failure;
    if (failure !== null) {
      return { state: "degraded", detail: `no file events (${failure}), listing every ${this.#options.pollMs} ms` };
    }
    const waiting = this.#known.waitingCount;
    return { state: "ok", detail: waiting === 0 ? "watching" : `watching; ${waiting} not finished by their writer` };
  }

  async start(sink: FrameSink): Promise<void> {
    this.#root = await usableFolder(this.#options.dir);
    this.#sink = sink;
    this.#wakes.watchOnly(this.#root, [""]);
    if (this.#options.existing === "ignore") await this.#ignoreExisting();
    if (!this.#closing.signal.aborted) this.#running = this.#run(sink);
  }

  /** Nothing to do: files stay where they are, and what was taken is remembered by its fingerprint. */
  settle(): void {}

  close(): Promise<void> {
    this.#closePromise ??= this.#end();
    return this.#closePromise;
  }

  async #end(): Promise<void> {
    this.#closing.abort();
    this.#wakes.close();
    await this.#running;
  }

  async #ignoreExisting(): Promise<void> {
    const { files } = await this.#list();
    await inBatches(files, async (path) => {
      const stats = await lstat(join(this.#root, path)).catch(() => null);
      if (stats !== null) this.#known.decide(path, fingerprintFrom(stats));
    });
  }

  async #run(sink: FrameSink): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        await this.#look(sink);
      } catch (error) {
        // Whatever went wrong in one look must not end the watch over an experiment: it shows in the health, and the next look follows.
        this.#trouble = { state: "failed", detail: `looking into the folder failed: ${errorText(error)}` };
      }
      await this.#wakes.sleep(this.#restMs());
    }
  }

  /** One look: what may have changed, in the order it was written, is taken, refused or left for later. */
  async #look(sink: FrameSink): Promise<void> {
    const { hints, woken } = this.#wakes.take();
    this.#wantsListing ||= woken;
    const paths = new Set(hints.filter((path) => !isIgnored(path)));
    for (const path of this.#known.waitingPaths(this.#clock.monotonicMs())) paths.add(path);
    if (this.#msToListing() <= 0) await this.#addListed(paths);
    const sights = await inBatches([...paths], (path) => this.#sight(path));
    await this.#decide(
      sights.filter((found) => found !== null),
      sink,
    );
  }

  async #sight(path: string): Promise<Sighted | null> {
    const found = await sight(path, this.#known, this.#examineOptions());
    return found === null ? null : { path, found };
  }

  /** Adds what a listing finds: new files, those that wait, and some of the others in turn. */
  async #addListed(paths: Set<string>): Promise<void> {
    const { files, directories, error } = await this.#list();
    for (const path of files) if (!this.#known.has(path)) paths.add(path);
    for (const path of this.#known.waitingPaths(null)) paths.add(path);
    for (const path of this.#nextSwept(files)) paths.add(path);
    // A directory that cannot be read now may come back as it was: its files are not forgotten, else they would be taken twice.
    if (error === null) this.#known.keepOnly(new Set(files));
    this.#wakes.watchOnly(this.#root, directories);
  }

  #nextSwept(files: readonly string[]): readonly string[] {
    if (this.#sweepFrom >= files.length) this.#sweepFrom = 0;
    const swept = files.slice(this.#sweepFrom, this.#sweepFrom + SWEEP_FILES);
    this.#sweepFrom += SWEEP_FILES;
    return swept;
  }

  async #list(): Promise<Listing> {
    const startMs = this.#clock.monotonicMs();
    this.#wantsListing = false;
    const listing = await listFolder(this.#root, this.#options.recursive ?? false);
    this.#listed.endedAtMs = this.#clock.monotonicMs();
    this.#listed.tookMs = this.#listed.endedAtMs - startMs;
    this.#trouble = troubleOf(listing);
    return listing;
  }

  async #decide(sighted: readonly Sighted[], sink: FrameSink): Promise<void> {
    const inOrder = [...sighted].sort(compareSighted);
    for (let i = 0; i < inOrder.length && !this.#closing.signal.aborted; i += LOOKS_AT_ONCE) {
      const batch = inOrder.slice(i, i + LOOKS_AT_ONCE);
      const verdicts = await Promise.all(batch.map(({ found }) => this.#verdict(found)));
      for (const [index, { path }] of batch.entries()) await this.#carryOut(path, verdicts[index] ?? null, sink);
    }
  }

  async #verdict(found: Candidate | Verdict): Promise<Verdict | null> {
    return "kind" in found ? found : examine(found, this.#known, this.#examineOptions());
  }

  async #carryOut(path: string, verdict: Verdict | null, sink: FrameSink): Promise<void> {
    if (verdict === null || this.#closing.signal.aborted) return;
    const { fingerprint } = verdict;
    const label = labelOf(path);
    if (verdict.kind === "refuse") {
      // A vanished file leaves no record behind.
      if (verdict.error.reason !== "vanished") this.#known.decide(path, fingerprint);
      const taken = this.#known.series(path)?.taken ?? 0;
      const named = taken === 0 ? label : `${label}#${taken + 1}`;
      const key = frameKey(label, fingerprint, taken);
      sink.reject({ key, label: named, receivedAtMs: this.#clock.unixMs() }, verdict.error);
      return;
    }
    await this.#offerPages(path, verdict, sink);
  }

  async #offerPages(path: string, taking: Taking, sink: FrameSink): Promise<void> {
    const { fingerprint, from, pages, mark, isLast } = taking;
    const label = labelOf(path);
    if (isLast) this.#known.decide(path, fingerprint);
    const isSeries = pages > 1 || !isLast;
    if (mark !== null) {
      const { inode, sizeBytes } = fingerprint;
      this.#known.follow(path, { inode, sizeBytes, hash: mark.hash, taken: pages, isSingle: !isSeries && from === 0 });
    }
    const prefix = mark === null || !isSeries ? null : seriesPrefix(label, fingerprint.inode, mark);
    const marked = mark === null ? {} : { mark };
    // A page is made only when there is room for it: a series of a million pages is never a million objects.
    for (let page = from; page < pages && !this.#closing.signal.aborted; page++) {
      const frame: OfferedFrame = {
        key: prefix === null ? frameKey(label, fingerprint, page, mark ?? undefined) : `${prefix}${page}`,
        label: isSeries ? `${label}#${page + 1}` : label,
        payload: { kind: "file", path: join(this.#root, path), fingerprint, page, isSeries, ...marked },
        receivedAtMs: this.#clock.unixMs(),
      };
      await orAborted(sink.offer(frame), this.#closing.signal);
    }
  }

  #examineOptions(): ExamineOptions {
    const lastRecorded = (prefix: string) => this.#sink?.lastRecorded(prefix);
    return { quietMs: QUIET_MS, ...this.#options, root: this.#root, lastRecorded };
  }

  #msToListing(): number {
    const { endedAtMs, tookMs } = this.#listed;
    const restMs = this.#wantsListing ? LISTING_REST_MS : this.#options.pollMs;
    const slowMs = Math.min(REST_FACTOR * tookMs, LONGEST_REST_MS);
    return endedAtMs + Math.max(restMs, slowMs) - this.#clock.monotonicMs();
  }

  /** Time until there is something to do without an event. */
  #restMs(): number {
    const toWaiting = this.#known.nextLookMs() - this.#clock.monotonicMs();
    return Math.max(0, Math.min(toWaiting, this.#msToListing()));
  }
}

/** A path with what was found there. */
interface Sighted {
  readonly path: string;
  readonly found: Candidate | Verdict;
}

/** Oldest first; files of one moment in the order of their numbers. */
function compareSighted(a: Sighted, b: Sighted): number {
  const byTime = a.found.fingerprint.modifiedAtMs - b.found.fingerprint.modifiedAtMs;
  return byTime !== 0 ? byTime : compareNatural(a.path, b.path);
}

/** Whether an event's path lies in a hidden directory or has an ignored name. */
function isIgnored(path: string): boolean {
  const parts = path.split(sep);
  return parts.some((part) => part.startsWith(".")) || isIgnoredName(parts.at(-1) ?? "");
}

function troubleOf({ directories, error }: Listing): SourceHealth | null {
  if (error === null) return null;
  const isRootRead = directories.includes("");
  return {
    state: isRootRead ? "degraded" : "failed",
    detail: `${isRootRead ? "a subfolder" : "the folder"} cannot be read: ${errorText(error)}; it is tried again`,
  };
}

/** The results of `work` on all items, {@link LOOKS_AT_ONCE} at a time. */
async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < items.length; i += LOOKS_AT_ONCE) {
    results.push(...(await Promise.all(items.slice(i, i + LOOKS_AT_ONCE).map(work))));
  }
  return results;
}
