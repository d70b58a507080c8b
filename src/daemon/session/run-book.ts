/**
 * Which run a frame belongs to, and when one ends and the next begins.
 *
 * A run is a range of `seq`: a boundary lies between two frames, as that of settings does, so that frames under way stay in theirs.
 *
 * @module
 */
import type { UnixMs } from "../../stream/base/units.js";
import type { Clock } from "../../stream/flow/clock.js";
import type { SequencedFrame } from "../../stream/flow/intake.js";
import type { Run, RunEnd } from "../ledger/records.js";

export interface RunBookOptions {
  readonly clock: Clock;
  /** A run ends when no frame has come for this long, ms; `null`: never for that. */
  readonly gapMs: number | null;
  readonly daemonVersion: string;
  /** What every run is stamped with, as JSON. */
  readonly configuration: string;
  /** The run that goes on, of a daemon that was not stopped in order, with its last frame's time. */
  readonly resumed: { readonly run: Run; readonly lastFrameAtMs: number | null } | null;
  readonly lastRunId: number;
  readonly lastSeq: number;
}

export class RunBook {
  readonly #options: RunBookOptions;
  #configuration: string;
  #current: Run | null;
  #lastId: number;
  /** Changes that were asked for, and that the next frame's record carries too, should writing them at once have failed. */
  #asked: readonly Run[] = [];
  /** Frames up to here belong to runs that have ended, or to none. */
  #decidedThrough: number;
  #lastFrame: Pick<SequencedFrame, "takenInAtMs"> & { readonly receivedAtMs: number };

  constructor(options: RunBookOptions) {
    const { clock, resumed, lastRunId, lastSeq } = options;
    this.#options = options;
    this.#configuration = options.configuration;
    this.#current = resumed?.run ?? null;
    this.#lastId = lastRunId;
    this.#decidedThrough = lastSeq;
    const nowMs = clock.unixMs();
    const receivedAtMs = resumed?.lastFrameAtMs ?? nowMs;
    // The time that this process was not there to see has passed all the same; a clock that was set back counts as none.
    const takenInAtMs = clock.monotonicMs() - Math.max(0, nowMs - receivedAtMs);
    this.#lastFrame = { receivedAtMs, takenInAtMs: takenInAtMs as SequencedFrame["takenInAtMs"] };
  }

  /** What the next run is stamped with, as JSON. */
  configure(configuration: string): void {
    this.#configuration = configuration;
  }

  /** The run that frames of now belong to; `null`: the next frame begins one. */
  get current(): Run | null {
    return this.#current;
  }

  /** What changes with this frame, which is to be called for in the order of `seq`: the run before it ends, one begins. */
  forFrame({ seq, takenInAtMs, frame }: SequencedFrame): readonly Run[] {
    const last = this.#lastFrame;
    this.#lastFrame = { takenInAtMs, receivedAtMs: frame.receivedAtMs };
    const asked = this.#asked;
    this.#asked = [];
    if (seq <= this.#decidedThrough) return asked;
    const { gapMs } = this.#options;
    const isGap = gapMs !== null && takenInAtMs - last.takenInAtMs > gapMs;
    if (this.#current !== null && !isGap) return asked;
    const ended = this.#close({ lastSeq: seq - 1, reason: "gap", atMs: last.receivedAtMs });
    return [...asked, ...ended, this.#begin({ firstSeq: seq, atMs: frame.receivedAtMs })];
  }

  /** Begins a run with frame `firstSeq`, the next that is taken in; the one before ends. */
  start(
    firstSeq: number,
    { name, notes }: { readonly name?: string | undefined; readonly notes?: string | undefined },
  ): readonly Run[] {
    this.end(firstSeq - 1, "asked");
    this.#asked = [...this.#asked, this.#begin({ firstSeq, atMs: this.#options.clock.unixMs(), name, notes })];
    return this.#asked;
  }

  /** Whether this very run was begun with frame `firstSeq` and waits for it: a sender that comes back may ask again. */
  isBegun(
    firstSeq: number,
    { name, notes }: { readonly name?: string | undefined; readonly notes?: string | undefined },
  ) {
    const run = this.#current;
    return run?.firstSeq === firstSeq && (name ?? run.name) === run.name && (notes ?? run.notes) === run.notes;
  }

  /** Ends the run that goes on with frame `lastSeq`, the last that was taken in; the frame after it begins another. */
  end(lastSeq: number, reason: RunEnd): readonly Run[] {
    this.#decidedThrough = Math.max(this.#decidedThrough, lastSeq);
    this.#asked = [...this.#asked, ...this.#close({ lastSeq, reason, atMs: this.#options.clock.unixMs() })];
    return this.#asked;
  }

  /** Takes over what was changed in the ledger. */
  describe(id: number, change: Partial<Pick<Run, "name" | "notes">>): void {
    if (this.#current?.id === id) this.#current = { ...this.#current, ...change };
    this.#asked = this.#asked.map((run) => (run.id === id ? { ...run, ...change } : run));
  }

  #close(end: { readonly lastSeq: number; readonly reason: RunEnd; readonly atMs: number }): readonly Run[] {
    const run = this.#current;
    this.#current = null;
    if (run === null) return [];
    // A run that was announced for frames that never came is empty.
    const lastSeq = Math.max(end.lastSeq, run.firstSeq - 1);
    return [{ ...run, lastSeq, endedAtMs: end.atMs, endReason: end.reason }];
  }

  #begin(start: {
    readonly firstSeq: number;
    readonly atMs: UnixMs;
    readonly name?: string | undefined;
    readonly notes?: string | undefined;
  }): Run {
    const { daemonVersion } = this.#options;
    const configuration = this.#configuration;
    this.#lastId += 1;
    this.#current = {
      id: this.#lastId,
      name: start.name ?? `run-${this.#lastId}`,
      notes: start.notes ?? "",
      startedAtMs: start.atMs,
      endedAtMs: null,
      endReason: null,
      firstSeq: start.firstSeq,
      lastSeq: null,
      daemonVersion,
      configuration,
    };
    return this.#current;
  }
}
