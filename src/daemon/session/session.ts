/**
 * One run of the stream: takes frames from intake, hands them to the analyzer, puts the results in order and publishes them.
 *
 * @module
 */
import type { FrameFate } from "../../stream/base/accounting.js";
import { OstwaldError } from "../../stream/base/errors.js";
import type { RejectionReason } from "../../stream/base/frame.js";
import type { MonotonicMs } from "../../stream/base/units.js";
import type { Clock } from "../../stream/flow/clock.js";
import type { EarlyEnd, Intake, QueuedFrame, SequencedFrame } from "../../stream/flow/intake.js";
import { ReorderBuffer } from "../../stream/flow/reorder-buffer.js";
import type { PreviewKind } from "../../stream/protocol/messages.js";
import type { AnalysisOut, FrameAnalysis, FrameIn } from "../analyzer/messages.js";
import type { SettingsState } from "./settings-state.js";

/** How a frame ended, in its place in the order. */
export type FrameOutcome =
  | { readonly kind: "committed"; readonly analysis: FrameAnalysis; readonly settingsId: number }
  | { readonly kind: "rejected"; readonly reason: RejectionReason; readonly detail: string }
  | Extract<FrameFate, { kind: "dropped" }>;

export interface SessionOptions {
  readonly intake: Pick<Intake, "take" | "end">;
  readonly analyzer: { analyze(frame: FrameIn): Promise<AnalysisOut> };
  readonly settings: SettingsState;
  readonly clock: Clock;
  /** Most frames at the analyzer at once. */
  readonly framesAtAnalyzer: () => number;
  /** Which pictures somebody waits for now. */
  readonly wantedPreviews: () => readonly PreviewKind[];
  /** Told of each frame once, in the order of intake, after its fate is booked. */
  readonly onOutcome: (frame: SequencedFrame, outcome: FrameOutcome, latencyMs: number) => void;
  /** Told once when frames can no longer be analysed at all. */
  readonly onFatal: (error: Error) => void;
}

interface Ended {
  readonly frame: SequencedFrame;
  readonly outcome: FrameOutcome;
}

/** From intake to publication. */
export class Session {
  readonly #options: SessionOptions;
  readonly #order = new ReorderBuffer<Ended>();
  #atAnalyzer = 0;
  #isFatal = false;
  #wake: (() => void) | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Runs until intake is closed and every frame has ended. */
  async run(): Promise<void> {
    while (!this.#isFatal) {
      await this.#until(() => this.#atAnalyzer < this.#options.framesAtAnalyzer());
      const queued = await this.#options.intake.take();
      if (queued === undefined) break;
      this.#atAnalyzer += 1;
      void this.#analyze(queued);
    }
    await this.#until(() => this.#atAnalyzer === 0);
  }

  /** A frame has ended before it came here. */
  endEarly(frame: SequencedFrame, end: EarlyEnd): void {
    if (end.kind === "dropped") this.#end(frame, end);
    else this.#end(frame, { kind: "rejected", reason: end.error.reason, detail: end.error.message });
  }

  async #analyze(queued: QueuedFrame): Promise<void> {
    const { seq, frame } = queued;
    const { settingsId, settings } = this.#options.settings.for(seq);
    const previews = this.#options.wantedPreviews();
    try {
      const out = await this.#options.analyzer.analyze({
        op: "frame",
        seq,
        payload: frame.payload,
        settings,
        previews,
      });
      if (out.op === "rejected") this.#end(queued, { kind: "rejected", reason: out.reason, detail: out.detail });
      else this.#end(queued, { kind: "committed", analysis: out.analysis, settingsId });
    } catch (error) {
      if (!(error instanceof OstwaldError)) throw error;
      // The frame stays in flight, which is the truth: nobody has analysed it, and its source may offer it again.
      if (!this.#isFatal) this.#options.onFatal(error);
      this.#isFatal = true;
    } finally {
      this.#atAnalyzer -= 1;
      this.#wake?.();
    }
  }

  #end(frame: SequencedFrame, outcome: FrameOutcome): void {
    const { intake, clock, onOutcome } = this.#options;
    for (const ended of this.#order.put(frame.seq, { frame, outcome })) {
      intake.end(ended.frame, fateOf(ended.outcome));
      onOutcome(ended.frame, ended.outcome, since(ended.frame.takenInAtMs, clock));
    }
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
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
