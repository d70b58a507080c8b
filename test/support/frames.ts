/**
 * Frames, analyses and sources for tests that are about the way of a frame and not about its pixels.
 *
 * @module
 */

import type { AnalysisOut, FrameAnalysis, FrameIn } from "../../src/daemon/analyzer/messages.js";
import type { FrameFate } from "../../src/stream/base/accounting.js";
import type { SizeStatistics } from "../../src/stream/base/analysis.js";
import { createParticleTable } from "../../src/stream/base/particles.js";
import { DEFAULT_SETTINGS } from "../../src/stream/base/settings.js";
import type { FrameSeq, UnixMs } from "../../src/stream/base/units.js";
import type { SettingsMessage } from "../../src/stream/protocol/messages.js";
import type { FrameSink, FrameSource, OfferedFrame } from "../../src/stream/source/source.js";

/** A frame whose content is its number. */
export function offeredFrame(number: number): OfferedFrame {
  return {
    key: `frame-${number}`,
    label: `frame_${number}.tif`,
    payload: { kind: "bytes", bytes: Uint8Array.of(number & 255) },
    receivedAtMs: (1_700_000_000_000 + number) as UnixMs,
  };
}

/** What the daemon sends for frame `seq`. */
export function frameIn(seq: number): FrameIn {
  return {
    op: "frame",
    seq: seq as FrameSeq,
    payload: offeredFrame(seq).payload,
    settings: DEFAULT_SETTINGS,
    displayRange: null,
    sigmaBefore: null,
    previews: [],
  };
}

/** The settings that a daemon starts with. */
export const FIRST_SETTINGS: SettingsMessage = {
  op: "settings",
  settingsId: 1,
  fromSeq: 1,
  settings: DEFAULT_SETTINGS,
};

/** Statistics of no particle. */
export const NO_SIZES: SizeStatistics = {
  mean: null,
  median: null,
  standardDeviation: null,
  d10: null,
  d50: null,
  d90: null,
  geometricMean: null,
  geometricStandardDeviation: null,
  histogram: { low: 0, binWidth: 1, counts: [] },
};

/** The analysis of a frame with nothing on it. */
export function emptyAnalysis(): FrameAnalysis {
  return {
    widthPx: 8,
    heightPx: 8,
    pixelSizeNm: null,
    acquiredAtMs: null,
    statistics: {
      count: 0,
      borderCount: 0,
      sizedCount: 0,
      border: "exclude",
      lengthUnit: "px",
      numberDensity: 0,
      areaFraction: 0,
      ecd: NO_SIZES,
      area: NO_SIZES,
      backgroundSnr: null,
    },
    noise: null,
    nlmH: null,
    intensity: {
      range: { low: 0, high: 255 },
      frameRange: { low: 0, high: 255 },
      raw: new Uint32Array(256),
      filtered: new Uint32Array(256),
    },
    particles: createParticleTable(0),
    outlines: { offsets: Uint32Array.of(0), xyPx: new Float32Array(0) },
    previews: [],
    stageTimesMs: { decode: 0, filter: 0, segment: 0, measure: 0 },
    computedBy: { filter: "none", segmenter: "none" },
    model: null,
    batchFrames: 1,
  };
}

/** The analyzer's answer to a frame that it could analyse. */
export function analysed(seq: number): AnalysisOut {
  return { op: "analysed", seq: seq as FrameSeq, analysis: emptyAnalysis() };
}

/** A source that offers what a test gives it and remembers what it is told. */
export class ScriptedSource implements FrameSource {
  readonly settled: { readonly key: string; readonly fate: FrameFate }[] = [];
  sink: FrameSink | undefined;

  constructor(readonly name = "scripted") {}

  health() {
    return { state: "ok", detail: "scripted" } as const;
  }

  async start(sink: FrameSink): Promise<void> {
    this.sink = sink;
  }

  settle(key: string, fate: FrameFate): void {
    this.settled.push({ key, fate });
  }

  async close(): Promise<void> {}
}
