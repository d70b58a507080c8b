/** Frames with results, as an analyzer would give them. */
import type { FrameAnalysis } from "../../src/daemon/analyzer/messages.js";
import { createParticleTable } from "../../src/stream/base/particles.js";
import { pixelSizeNmFrom } from "../../src/stream/base/units.js";
import { NO_SIZES } from "./frames.js";

/** A frame of `count` square particles of 10 px edge. */
export function analysisWith(count: number, pixelSizeNm: number | null): FrameAnalysis {
  const particles = createParticleTable(count);
  for (let row = 0; row < count; row++) {
    particles.id[row] = row + 1;
    particles.centroidXPx[row] = 10.5 + row;
    particles.areaPx2[row] = 100;
    particles.ecdPx[row] = 2 * Math.sqrt(100 / Math.PI);
    particles.perimeterPx[row] = 40;
    particles.boundaryAreaRatioPerPx[row] = 0.4;
    particles.score[row] = 0.9;
    particles.touchesBorder[row] = row % 2;
  }
  const square = [0, 0, 10, 0, 10, 10, 0, 10];
  return {
    widthPx: 64,
    heightPx: 48,
    pixelSizeNm: pixelSizeNmFrom(pixelSizeNm),
    acquiredAtMs: null,
    statistics: {
      count,
      borderCount: 0,
      sizedCount: count,
      border: "exclude",
      lengthUnit: pixelSizeNm === null ? "px" : "nm",
      numberDensity: 0,
      areaFraction: 0,
      ecd: NO_SIZES,
      area: NO_SIZES,
      backgroundSnr: null,
    },
    intensity: { range: { low: 0, high: 255 }, raw: new Uint32Array(256), filtered: new Uint32Array(256) },
    noise: { sigma: 4.5, gain: null, offset: null },
    nlmH: 4.7,
    particles,
    outlines: {
      offsets: Uint32Array.from({ length: count + 1 }, (_, i) => i * 4),
      xyPx: Float32Array.from(Array.from({ length: count }, () => square).flat()),
    },
    previews: [],
    stageTimesMs: { decode: 1, filter: 1, segment: 1, measure: 1 },
    computedBy: { filter: "WebAssembly SIMD", segmenter: "Otsu" },
    model: null,
    batchFrames: 1,
  };
}
