/**
 * One run of the stream: takes frames from intake, hands them to the analyzer, puts the results in order, has them recorded and
 * publishes them.
 *
 * @module
 */
import type { FrameFate } from "../../stream/base/accounting.js";
import { OstwaldError } from "../../stream/base/errors.js";
import type { DisplayRange, RejectionReason } from "../../stream/base/frame.js";
import { type AnalysisSettings, AUTO } from "../../stream/base/settings.js";
import type { MonotonicMs } from "../../stream/base/units.js";
import type { Clock } from "../../stream/flow/clock.js";
import { failpoint } from "../../stream/flow/failpoint.js";
import type { EarlyEnd, Intake, QueuedFrame, SequencedFrame } from "../../stream/flow/intake.js";
import { withoutPayload } from "../../stream/flow/intake.js";
import { ReorderBuffer } from "../../stream/flow/reorder-buffer.js";
import type { EventMessage, PreviewKind, SettingsMessage } from "../../stream/protocol/messages.js";
import type { AnalysisOut, FrameAnalysis, FrameIn } from "../analyzer/messages.js";
import type { DisplayRanges } from "./display-ranges.js";
import type { NoiseTrack } from "./noise-track.js";
import type { SettingsState } from "./settings-state.js";

/** How a frame ended, in its place in the order. */
export type FrameOutcome =
  | {
      readonly kind: "committed";
      readonly analysis: FrameAnalysis;
      readonly settings: SettingsMessage;
      /** What computed it slower than it could, and why. */
      readonly degraded?: readonly string[] | undefined;
    }
  | { readonly kind: "rejected"; readonly reason: RejectionReason; readonly detail: string }
  | Extract<FrameFate, { kind: "dropped" }>;

export interface SessionOptions {
  readonly intake: Pick<Intake, "take" | "end" | "isClosed" | "onChange">;
  readonly analyzer: { analyze(frame: FrameIn): Promise<AnalysisOut> };
  readonly settings: SettingsState;
  readonly displayRanges: DisplayRanges;
  readonly noiseTrack: NoiseTrack;
  readonly clock: Clock;
  /** Most frames at the analyzer at once. */
  readonly framesAtAnalyzer: () => number;
  /** Whether the outlines of every frame are kept; by default they are. Else they are made for pictures only. */
  readonly keepsOutlines?: boolean;
  /** Which pictures somebody waits for now. */
  readonly wantedPreviews: () => readonly PreviewKind[];
  /**
   * Makes a result durable; called in the order of intake, and resolves in it, with the event as it is recorded. Without it a result
   * is final at once.
   */
  readonly record?: (frame: SequencedFrame, outcome: FrameOutcome) => Promise<EventMessage>;
  /** Told of each frame once, in the order of intake, after it is recorded and its fate is booked. */
  readonly onOutcome: (frame: SequencedFrame, outcome: FrameOutcome, told: Told) => void;
  /** Told of what was sent for each frame that was analysed, in the order of the answers; calls `release` when its bytes are needed no more. */
  readonly onAnalysed?: (frame: FrameIn, release: () => void) => void;
  /** Told of a frame that has killed its analyzer, while its content is still at hand. */
  readonly onPoison?: (frame: QueuedFrame, detail: string) => void;
  /** Told once when frames can no longer be analysed or recorded at all. */
  readonly onFatal: (error: Error) => void;
}

/** What goes with an outcome. */
export interface Told {
  readonly latencyMs: number;
  /** As it is recorded, if it is. */
  readonly event?: EventMessage;
}

const NOTHING_HELD = () => undefined;

/** Results that may wait to be recorded: a second of a fast stream. Above it no frame is taken to the analyzer. */
const UNRECORDED_LIMIT = 512;

/** Frames at one stage, and most that may be there. */
interface Stage {
  readonly length: number;
  readonly limit: number;
}

/** How full the session's stages are. */
export interface SessionLoad {
  readonly atAnalyzer: Stage;
  /** That wait for those before them; as many as intake lets in. */
  readonly early: Stage;
  readonly unrecorded: Stage;
}

interface Ended {
  readonly frame: SequencedFrame;
  readonly outcome: FrameOutcome;
}

/** From intake to publication. */
export class Session {
  readonly #options: SessionOptions;
  readonly #order: ReorderBuffer<Ended>;
  #atAnalyzer = 0;
  #unrecorded = 0;
  #isFatal = false;
  #onEnded: () => void = () => undefined;

  /** `lastSeq` is the last frame of the daemon before. */
  constructor(options: SessionOptions, lastSeq = 0) {
    this.#options = options;
    this.#order = new ReorderBuffer<Ended>(lastSeq + 1);
  }

  get load(): SessionLoad {
    return {
      atAnalyzer: { length: this.#atAnalyzer, limit: this.#options.framesAtAnalyzer() },
      early: { length: this.#order.held, limit: Number.POSITIVE_INFINITY },
      unrecorded: { length: this.#unrecorded, limit: UNRECORDED_LIMIT },
    };
  }

  /** Runs until intake is closed and every frame has ended. */
  run(): Promise<void> {
    this.#options.intake.onChange(() => this.#goOn());
    const ended = new Promise<void>((resolve) => {
      this.#onEnded = resolve;
    });
    this.#goOn();
    return ended;
  }

  /** A frame has ended before it came here. */
  endEarly(frame: SequencedFrame, end: EarlyEnd): void {
    if (end.kind === "dropped") this.#end(frame, end);
    else this.#end(frame, { kind: "rejected", reason: end.error.reason, detail: end.error.message });
  }

  async #analyze(queued: QueuedFrame): Promise<void> {
    const { seq, source, frame } = queued;
    const { displayRanges, noiseTrack } = this.#options;
    const settings = this.#options.settings.for(seq);
    const displayRange = await displayRanges.for(source, seq);
    const sigmaBefore = setsItself(settings.settings) ? await noiseTrack.before(source, seq) : null;
    const previews = this.#options.wantedPreviews();
    let frameRange: DisplayRange | null = null;
    try {
      const { payload } = frame;
      const sent = {
        op: "frame",
        seq,
        payload,
        settings: settings.settings,
        displayRange,
        sigmaBefore,
        previews,
        wantsOutlines: previews.length > 0 || (this.#options.keepsOutlines ?? true),
      } as const;
      const out = await this.#options.analyzer.analyze(sent);
      failpoint("session/analysed");
      if (out.op === "analysed") this.#options.onAnalysed?.(sent, frame.release ?? NOTHING_HELD);
      if (out.op === "analysed") frameRange = out.analysis.intensity.frameRange ?? null;
      if (out.op === "rejected" && out.reason === "poison") this.#options.onPoison?.(queued, out.detail);
      const ended = withoutPayload(queued);
      if (out.op === "rejected") this.#end(ended, { kind: "rejected", reason: out.reason, detail: out.detail });
      else this.#end(ended, { kind: "committed", analysis: out.analysis, settings, degraded: out.degraded });
    } catch (error) {
      this.#fail(error);
    } finally {
      displayRanges.back(source, seq, frameRange);
      this.#atAnalyzer -= 1;
      this.#goOn();
    }
  }

  /** The frame stays in flight, which is the truth: there is no result, and its source may offer it again. */
  #fail(error: unknown): void {
    if (!(error instanceof OstwaldError)) throw error;
    if (!this.#isFatal) this.#options.onFatal(error);
    this.#isFatal = true;
    this.#options.noiseTrack.end();
  }

  #end(frame: SequencedFrame, outcome: FrameOutcome): void {
    for (const ended of this.#order.put(frame.seq, { frame, outcome })) {
      this.#see(ended);
      if (this.#options.record === undefined) this.#tell(ended);
      else void this.#record(ended, this.#options.record);
    }
  }

  #see({ frame: { seq, source }, outcome }: Ended): void {
    const analysis = outcome.kind === "committed" ? outcome.analysis : null;
    const frameRange = analysis?.intensity.frameRange;
    if (frameRange !== undefined) this.#options.displayRanges.see(source, seq, frameRange);
    this.#options.noiseTrack.see(source, seq, analysis?.noise?.sigma ?? null);
  }

  async #record(ended: Ended, record: NonNullable<SessionOptions["record"]>): Promise<void> {
    this.#unrecorded += 1;
    try {
      const event = await record(ended.frame, ended.outcome);
      failpoint("session/recorded");
      this.#tell(ended, event);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#unrecorded -= 1;
      this.#goOn();
    }
  }

  #tell({ frame, outcome }: Ended, event?: EventMessage): void {
    const { intake, clock, onOutcome } = this.#options;
    intake.end(frame, fateOf(outcome));
    failpoint("session/settled");
    const latencyMs = since(frame.takenInAtMs, clock);
    onOutcome(frame, outcome, event === undefined ? { latencyMs } : { latencyMs, event });
    failpoint("session/published");
  }

  /** Takes what waits to the analyzer, as much as may be there, and ends when there is nothing left to do. */
  #goOn(): void {
    while (!this.#isFatal && this.#mayTake()) {
      const queued = this.#options.intake.take();
      if (queued === undefined) break;
      this.#atAnalyzer += 1;
      void this.#analyze(queued);
    }
    const isOver = this.#options.intake.isClosed || this.#isFatal;
    if (isOver && this.#atAnalyzer === 0 && this.#unrecorded === 0) this.#onEnded();
  }

  #mayTake(): boolean {
    return this.#atAnalyzer < this.#options.framesAtAnalyzer() && this.#unrecorded < UNRECORDED_LIMIT;
  }
}

/** Whether the filter's strength comes from the noise of the stream. */
function setsItself({ filter, nlmH }: AnalysisSettings): boolean {
  return filter === "nlm" && nlmH === AUTO;
}

function fateOf(outcome: FrameOutcome): FrameFate {
  switch (outcome.kind) {
    case "committed":
      return { kind: "committed" };
    case "rejected":
      return { kind: "rejected", reason: outcome.reason };
    case "dropped":
      return outcome;
  }
}

function since(startMs: MonotonicMs, clock: Clock): number {
  return clock.monotonicMs() - startMs;
}
