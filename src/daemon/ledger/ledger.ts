/**
 * The record of what was measured, as the daemon uses it.
 *
 * @module
 */
import type { FrameFate } from "../../stream/base/accounting.js";
import { errorText } from "../../stream/base/errors.js";
import type { Clock } from "../../stream/flow/clock.js";
import type { EventMessage } from "../../stream/protocol/messages.js";
import type { Logger } from "../observe/log.js";
import { LedgerClosedError, LedgerFailedError, sqliteCode } from "./errors.js";
import type { LedgerLink } from "./link.js";
import { startLedgerThread } from "./link.js";
import type { LedgerLoad } from "./load.js";
import { ledgerSizes } from "./load.js";
import { LedgerReading } from "./reading.js";
import { RecordedFrames } from "./recorded-frames.js";
import type { FrameRecord, Resumption, Run, RunSummary } from "./records.js";
import type { RetentionLimits } from "./retention.js";
import type { OpenedRun, WriterOpened } from "./service.js";

/** Frames of one transaction at most: 20 ms of work, and 2 MB to repeat should it fail. */
const BATCH_FRAMES = 256;
/** Frames that may wait to be recorded; above it none are taken in. */
const WAITING_FRAMES = 512;
/** Least time between two transactions under load, ms. A lone frame is committed at once; at 1,000 frames/s five share one. */
const COMMIT_INTERVAL_MS = 5;
/** Pause before a write that failed is tried again, ms: doubles up to the limit. */
const RETRY_MS = { first: 100, limit: 2_000 } as const;
/** Time between two looks at the limits of size and age, ms, and between two steps of forgetting. */
const RETENTION_MS = { interval: 60_000, step: 50 } as const;

/** Failures that pass: no room, no lock, a disk that is away. Everything else means that the file is not sound. */
const PASSING = ["FULL", "IOERR", "BUSY", "LOCKED", "READONLY", "CANTOPEN", "NOMEM", "PERM", "PROTOCOL"];

export interface LedgerLimits {
  readonly maxBytes: number | null;
  readonly maxAgeMs: number | null;
}

export interface LedgerOptions {
  readonly path: string;
  /** Newest events that are read back, and that no limit ever removes. */
  readonly heldEvents: number;
  /** Names the numbering of a new ledger. */
  readonly newEpoch: string;
  readonly limits: LedgerLimits;
  readonly clock: Clock;
  readonly log: Logger;
  /** Starts a thread; a test may give its own. */
  readonly startThread?: (path: string) => LedgerLink;
}

interface Waiting {
  readonly record: FrameRecord;
  readonly sinceMs: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A ledger that is open to be written to. */
export class Ledger {
  readonly resumption: Resumption;
  readonly #options: LedgerOptions;
  readonly #writer: LedgerLink;
  readonly #recorded: RecordedFrames;
  readonly #reading: LedgerReading;
  readonly #notes: string[];
  #waiting: Waiting[] = [];
  #isWriting = false;
  #lastCommitMs = Number.NEGATIVE_INFINITY;
  /** Why nothing can be written now. */
  #trouble: { readonly text: string; readonly sinceMs: number } | null = null;
  #error: Error | undefined;
  #room: { readonly promise: Promise<void>; readonly open: () => void } | undefined;
  #retention: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #isFinishing = false;
  #onCommit: (ms: number) => void = () => undefined;

  private constructor(options: LedgerOptions, writer: LedgerLink, opened: WriterOpened) {
    this.#options = options;
    this.#writer = writer;
    this.#notes = [...opened.notes];
    this.resumption = opened.resumption;
    this.#recorded = new RecordedFrames(options.path);
    this.#reading = new LedgerReading({ startThread: startLedgerThread, ...options });
    this.#retention = setTimeout(() => void this.#keepLimits(), RETENTION_MS.interval);
    this.#retention.unref();
    if (opened.isUnchecked) void this.#checkWhole();
  }

  /** Opens or makes a ledger. Raises LedgerInUseError and LedgerUnusableError. */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const { path, heldEvents, newEpoch, clock, log, startThread = startLedgerThread } = options;
    const writer = startThread(path);
    try {
      const request = { path, epoch: newEpoch, nowMs: clock.unixMs(), events: heldEvents };
      const opened = await writer.call("openWriter", request);
      for (const note of opened.notes) log.warn({ event: "ledger-replaced", path }, note);
      return new Ledger(options, writer, opened);
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  get path(): string {
    return this.#options.path;
  }

  /** What is wrong, a sentence each; empty when all is well. */
  notes(): readonly string[] {
    const { path } = this.#options;
    const trouble = this.#trouble;
    if (trouble === null) return this.#notes;
    return [...this.#notes, `The ledger ${path} cannot be written (${trouble.text}): frames wait, nothing is lost.`];
  }

  /** Whether frames wait for a ledger that cannot be written. */
  get isStalled(): boolean {
    return this.#trouble !== null;
  }

  /** `listener` is told how long each transaction took, ms. */
  onCommit(listener: (ms: number) => void): void {
    this.#onCommit = listener;
  }

  /** What keeps it from being written now; `null`: nothing. */
  get trouble(): string | null {
    return this.#trouble?.text ?? null;
  }

  /** What it has to do, and how large it is. */
  load(): LedgerLoad {
    const [oldest] = this.#waiting;
    return {
      waiting: { length: this.#waiting.length, limit: WAITING_FRAMES },
      lagMs: oldest === undefined ? 0 : this.#options.clock.monotonicMs() - oldest.sinceMs,
      isStalled: this.isStalled,
      ...ledgerSizes(this.path),
    };
  }

  /** How a frame had ended that is recorded already; `undefined` also where that cannot be read now, as its commit would tell. */
  fateOf(source: string, key: string): FrameFate | undefined {
    try {
      return this.#recorded.fateOf(source, key);
    } catch (error) {
      this.#options.log.warn(
        { event: "ledger-unasked", err: error, key },
        "the ledger could not be asked about a frame",
      );
      return undefined;
    }
  }

  /** The greatest key of a source that begins with `prefix` and is recorded. Raises SQLite's errors: a guess would lose or double frames. */
  lastKey(source: string, prefix: string): string | undefined {
    return this.#recorded.lastKey(source, prefix);
  }

  /** Resolves when there is room for further frames; `undefined`: there is. */
  room(): Promise<void> | undefined {
    if (this.#waiting.length < WAITING_FRAMES) return undefined;
    if (this.#room === undefined) {
      let open = (): void => undefined;
      const promise = new Promise<void>((resolve) => {
        open = resolve;
      });
      this.#room = { promise, open };
    }
    return this.#room.promise;
  }

  /**
   * Makes a frame durable. Records are committed in the order of the calls and resolve in it. Rejects with LedgerFailedError, and with
   * LedgerClosedError when the ledger was closed before it could be written.
   */
  commit(record: FrameRecord): Promise<void> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, sinceMs: this.#options.clock.monotonicMs(), resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  /** Makes a change of runs durable. Rejects with LedgerFailedError, also where waiting might help: whoever asked asks again. */
  writeRuns(runs: readonly Run[]): Promise<void> {
    return this.#writer.call("writeRuns", runs).catch(this.#failed);
  }

  /** Changes name or notes of a run; `false`: there is none of this number. Rejects as {@link writeRuns}. */
  describeRun(id: number, change: Partial<Pick<Run, "name" | "notes">>): Promise<boolean> {
    return this.#writer.call("describeRun", id, change.name ?? null, change.notes ?? null).catch(this.#failed);
  }

  runs(): Promise<readonly RunSummary[]> {
    return this.#reading.runs();
  }

  /** A run with what a dashboard shows of it; `null`: there is none of this number. */
  openRun(id: number): Promise<OpenedRun | null> {
    return this.#reading.openRun(id);
  }

  /** Events `fromSeq..toSeq` that are still recorded, oldest first, a page at most. Rejects as {@link LedgerReading} does. */
  events(fromSeq: number, toSeq: number): Promise<readonly EventMessage[]> {
    return this.#reading.events(fromSeq, toSeq);
  }

  /** The daemon is about to end: from now on a write that fails is not tried again. */
  finish(): void {
    this.#isFinishing = true;
  }

  /** Writes what waits, as far as the disk lets it, and lets go of the file. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.finish();
    clearTimeout(this.#retention);
    while (this.#isWriting) await pause(COMMIT_INTERVAL_MS);
    this.#error ??= new LedgerClosedError();
    this.#recorded.close();
    await Promise.all([this.#writer.close(), this.#reading.close()]);
  }

  /** Commits group after group until nothing waits. */
  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0 && this.#error === undefined) {
      const sinceMs = this.#options.clock.monotonicMs() - this.#lastCommitMs;
      if (sinceMs < COMMIT_INTERVAL_MS) await pause(COMMIT_INTERVAL_MS - sinceMs);
      await this.#writeGroup();
    }
    this.#isWriting = false;
  }

  async #writeGroup(): Promise<void> {
    const group = this.#waiting.slice(0, BATCH_FRAMES);
    try {
      this.#lastCommitMs = this.#options.clock.monotonicMs();
      await this.#writer.call(
        "commit",
        group.map(({ record }) => record),
      );
    } catch (error) {
      return this.#takeFailure(error);
    }
    this.#onCommit(this.#options.clock.monotonicMs() - this.#lastCommitMs);
    this.#recover();
    this.#waiting = this.#waiting.slice(group.length);
    for (const { resolve } of group) resolve();
    if (this.#waiting.length < WAITING_FRAMES) this.#openRoom();
  }

  async #takeFailure(error: unknown): Promise<void> {
    const { clock, log, path } = this.#options;
    if (!PASSING.some((name) => sqliteCode(error).startsWith(`SQLITE_${name}`))) {
      return this.#giveUp(new LedgerFailedError(path, error));
    }
    const nowMs = clock.monotonicMs();
    if (this.#trouble === null)
      log.error({ event: "ledger-stalled", err: error, path }, "the ledger cannot be written: frames wait for it");
    this.#trouble = { text: errorText(error), sinceMs: this.#trouble?.sinceMs ?? nowMs };
    if (this.#isFinishing) return this.#giveUp(new LedgerClosedError());
    // As long again as it has lasted: quick at first, patient later.
    await pause(Math.min(RETRY_MS.limit, Math.max(RETRY_MS.first, nowMs - this.#trouble.sinceMs)));
  }

  readonly #failed = (cause: unknown): never => {
    throw new LedgerFailedError(this.#options.path, cause);
  };

  #recover(): void {
    if (this.#trouble === null) return;
    this.#trouble = null;
    this.#options.log.info({ event: "ledger-written-again", path: this.#options.path }, "the ledger is written again");
  }

  #giveUp(error: Error): void {
    this.#error = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#openRoom();
  }

  #openRoom(): void {
    this.#room?.open();
    this.#room = undefined;
  }

  /** A large file is checked while it is used: minutes that no experiment waits for. */
  async #checkWhole(): Promise<void> {
    const { path, log } = this.#options;
    const found = await this.#reading.check();
    if (found === null || this.#closing !== undefined) return;
    const note = `The ledger ${path} is damaged (${found}). Export its runs, and begin a new one with --ledger.`;
    log.error({ event: "ledger-damaged", path }, note);
    this.#notes.push(note);
  }

  async #keepLimits(): Promise<void> {
    const { limits, heldEvents, clock, log } = this.#options;
    const { maxBytes, maxAgeMs } = limits;
    if (maxBytes === null && maxAgeMs === null) return;
    const forgetBeforeMs = maxAgeMs === null ? null : clock.unixMs() - maxAgeMs;
    const step: RetentionLimits = { maxBytes, forgetBeforeMs, keepFrames: heldEvents };
    const forgotten = await this.#writer.call("forgetOldest", step).catch((error: unknown) => {
      log.warn(
        { event: "ledger-not-trimmed", err: error },
        "old frames could not be removed from the ledger; it is tried again",
      );
      return 0;
    });
    if (forgotten > 0)
      log.debug({ event: "ledger-trimmed", frames: forgotten }, "old frames were removed from the ledger");
    if (this.#closing !== undefined) return;
    this.#retention = setTimeout(
      () => void this.#keepLimits(),
      forgotten > 0 ? RETENTION_MS.step : RETENTION_MS.interval,
    );
    this.#retention.unref();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
