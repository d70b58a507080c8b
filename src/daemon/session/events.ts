/**
 * From how a frame ended to what is said about it.
 *
 * @module
 */
import type { UnixMs } from "../../stream/base/units.js";
import type { SequencedFrame } from "../../stream/flow/intake.js";
import type { EventMessage, ParticlesMessage, PreviewMessage } from "../../stream/protocol/messages.js";
import type { FrameAnalysis } from "../analyzer/messages.js";
import type { FrameOutcome } from "./session.js";

/** The event of a frame, as it is published and kept. */
export function eventOf(frame: SequencedFrame, outcome: FrameOutcome, committedAtMs: UnixMs): EventMessage {
  const { seq, source } = frame;
  const { label, receivedAtMs } = frame.frame;
  const common = { seq, source, label, receivedAtMs };
  switch (outcome.kind) {
    case "rejected":
      return { op: "rejected", ...common, reason: outcome.reason, detail: outcome.detail };
    case "dropped":
      return { op: "dropped", ...common, cause: outcome.cause };
    case "committed": {
      const {
        widthPx,
        heightPx,
        pixelSizeNm,
        acquiredAtMs,
        statistics,
        intensity,
        noise,
        nlmH,
        stageTimesMs,
        computedBy,
      } = outcome.analysis;
      const measured = {
        widthPx,
        heightPx,
        pixelSizeNm,
        acquiredAtMs,
        statistics,
        intensity,
        noise,
        nlmH,
        stageTimesMs,
        computedBy,
      };
      const degraded = outcome.degraded === undefined ? {} : { degraded: outcome.degraded };
      return {
        op: "frame",
        ...common,
        ...measured,
        committedAtMs,
        settingsId: outcome.settings.settingsId,
        ...degraded,
      };
    }
  }
}

/** The particle table of a frame. */
export function particlesOf(seq: number, { pixelSizeNm, particles }: FrameAnalysis): ParticlesMessage {
  return { op: "particles", seq, pixelSizeNm, columns: particles };
}

/** The pictures of a frame that somebody asked for. */
export function previewsOf(seq: number, analysis: FrameAnalysis): readonly PreviewMessage[] {
  const { widthPx, heightPx, pixelSizeNm, particles, outlines } = analysis;
  return analysis.previews.map((preview) => ({
    op: "preview",
    seq,
    ...preview,
    frameWidthPx: widthPx,
    frameHeightPx: heightPx,
    pixelSizeNm,
    outlines,
    ecdPx: particles.ecdPx,
    touchesBorder: particles.touchesBorder,
  }));
}
