/**
 * A synthetic experiment for the dashboard: discs on a noisy background that grow, drift and dissolve, the same for the same seed.
 *
 * @module
 */
import type { Histogram, SizeStatistics } from "../../src/stream/base/analysis.js";
import type { ParticleTable } from "../../src/stream/base/particles.js";
import { createParticleTable } from "../../src/stream/base/particles.js";
import type {
  FrameMessage,
  ParticlesMessage,
  PreviewKind,
  PreviewMessage,
} from "../../src/stream/protocol/messages.js";

export interface ExperimentOptions {
  readonly edgePx: number;
  readonly particleCount: number;
  /** nm/px, or `null` for a microscope that does not say. */
  readonly pixelSizeNm: number | null;
  readonly seed: number;
}

export const SMALL_EXPERIMENT: ExperimentOptions = { edgePx: 256, particleCount: 12, pixelSizeNm: 0.5, seed: 7 };

interface Disc {
  readonly xPx: number;
  readonly yPx: number;
  readonly radiusPx: number;
  readonly wobble: number;
}

/** One frame and everything the daemon says of it. */
export interface ExperimentFrame {
  readonly event: FrameMessage;
  readonly particles: ParticlesMessage;
  preview(kind: PreviewKind): PreviewMessage;
}

/** Points of an outline. */
const OUTLINE_POINTS = 28;
const BACKGROUND = 62;
const CONTRAST = 105;
const NOISE = 22;

/** Numbers in 0..1 from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Gives frame `seq` of the experiment, received at `receivedAtMs`. */
export type Experiment = (seq: number, receivedAtMs: number) => ExperimentFrame;

export function createExperiment(options: ExperimentOptions): Experiment {
  const deviates = normalDeviates(options.seed);
  return (seq, receivedAtMs) => frameOf({ ...options, deviates }, seq, receivedAtMs);
}

interface Microscope extends ExperimentOptions {
  readonly deviates: Float32Array;
}

function frameOf(options: Microscope, seq: number, receivedAtMs: number): ExperimentFrame {
  const discs = discsAt(options, seq);
  const columns = tableOf(discs, options.edgePx);
  const raw = memo(() => picture(options, discs, seq, NOISE));
  const filtered = memo(() => picture(options, discs, seq, NOISE / 4));
  const { edgePx, pixelSizeNm } = options;
  return {
    event: eventOf(options, { seq, receivedAtMs, columns, raw: raw(), filtered: filtered() }),
    particles: { op: "particles", seq, pixelSizeNm, columns },
    preview: (kind) => ({
      op: "preview",
      seq,
      kind,
      frameWidthPx: edgePx,
      frameHeightPx: edgePx,
      pixelSizeNm,
      widthPx: edgePx,
      heightPx: edgePx,
      framePxPerPreviewPx: 1,
      pixels: kind === "raw" ? raw() : filtered(),
      outlines: outlinesOf(discs, edgePx),
      ecdPx: columns.ecdPx,
      touchesBorder: columns.touchesBorder,
    }),
  };
}

function memo<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function discsAt({ edgePx, particleCount, seed }: ExperimentOptions, seq: number): readonly Disc[] {
  const random = randomFrom(seed);
  return Array.from({ length: particleCount }, (_, index) => {
    const [x, y, size, phase] = [random(), random(), random(), random()];
    const mean = edgePx * (0.013 + 0.028 * size * size);
    // Large ones grow at the cost of small ones; the last few vanish and come back.
    const growth = 1 + (size - 0.5) * 0.35 * Math.tanh(seq / 400) + 0.02 * Math.sin(seq / 9 + phase * 6);
    const isGone = index >= particleCount * 0.9 && Math.sin(seq / 60 + phase * 6) > 0.7;
    return {
      xPx: x * edgePx + 2.5 * Math.sin(seq / 31 + phase * 6),
      yPx: y * edgePx + 2.5 * Math.cos(seq / 37 + phase * 6),
      radiusPx: isGone ? 0 : mean * growth,
      wobble: phase * 6,
    };
  }).filter((disc) => disc.radiusPx > 0);
}

function tableOf(discs: readonly Disc[], edgePx: number): ParticleTable {
  const table = createParticleTable(discs.length);
  discs.forEach(({ xPx, yPx, radiusPx, wobble }, row) => {
    const touches = xPx < radiusPx || yPx < radiusPx || xPx > edgePx - radiusPx || yPx > edgePx - radiusPx;
    table.id[row] = row + 1;
    table.centroidXPx[row] = xPx;
    table.centroidYPx[row] = yPx;
    table.areaPx2[row] = Math.PI * radiusPx ** 2;
    table.ecdPx[row] = 2 * radiusPx;
    table.perimeterPx[row] = 2 * Math.PI * radiusPx;
    table.feretMaxPx[row] = 2.08 * radiusPx;
    table.feretMinPx[row] = 1.93 * radiusPx;
    table.aspectRatio[row] = 1.93 / 2.08;
    table.circularity[row] = 0.94 + 0.05 * Math.sin(wobble) ** 2;
    table.solidity[row] = 0.97 + 0.02 * Math.sin(wobble) ** 2;
    table.orientationRad[row] = Math.sin(wobble) * 1.5;
    table.boundaryAreaRatioPerPx[row] = 2 / radiusPx;
    table.meanIntensity[row] = BACKGROUND + CONTRAST * (0.8 + 0.2 * Math.sin(wobble));
    table.score[row] = 0.88 + 0.11 * Math.sin(wobble) ** 2;
    table.touchesBorder[row] = touches ? 1 : 0;
  });
  return table;
}

function outlinesOf(discs: readonly Disc[], edgePx: number): PreviewMessage["outlines"] {
  const points = discs.flatMap(({ xPx, yPx, radiusPx, wobble }) =>
    Array.from({ length: OUTLINE_POINTS }, (_, point) => {
      const angle = (point / OUTLINE_POINTS) * 2 * Math.PI;
      const radius = radiusPx * (1 + 0.02 * Math.sin(3 * angle + wobble));
      const inside = (value: number) => Math.min(edgePx, Math.max(0, value));
      return [inside(xPx + radius * Math.cos(angle)), inside(yPx + radius * Math.sin(angle))];
    }),
  );
  const offsets = Uint32Array.from({ length: discs.length + 1 }, (_, index) => index * OUTLINE_POINTS);
  return { offsets, xyPx: Float32Array.from(points.flat()) };
}

function picture({ edgePx, deviates }: Microscope, discs: readonly Disc[], seq: number, noise: number): Uint8Array {
  const levels = new Float32Array(edgePx * edgePx).fill(BACKGROUND);
  for (const disc of discs) paintDisc(levels, edgePx, disc);
  let next = (seq * 7_919) % deviates.length;
  const pixels = new Uint8Array(levels.length);
  for (let index = 0; index < levels.length; index += 1) {
    next = (next + 1) % deviates.length;
    const shade = 14 * Math.sin(((index % edgePx) / edgePx) * 2.2 + 0.4);
    pixels[index] = Math.min(255, Math.max(0, (levels[index] ?? 0) + shade + noise * (deviates[next] ?? 0)));
  }
  return pixels;
}

/** A prime number of deviates, so that the rows of a picture do not repeat. */
const DEVIATES = 99_991;

/** The sum of four even numbers is close enough to a normal one for the eye. */
function normalDeviates(seed: number): Float32Array {
  const random = randomFrom(seed + 1);
  return Float32Array.from({ length: DEVIATES }, () => (random() + random() + random() + random() - 2) * 1.73);
}

function paintDisc(levels: Float32Array, edgePx: number, { xPx, yPx, radiusPx, wobble }: Disc): void {
  const brightness = CONTRAST * (0.8 + 0.2 * Math.sin(wobble));
  const first = (middle: number) => Math.max(0, Math.floor(middle - radiusPx - 1));
  const last = (middle: number) => Math.min(edgePx - 1, Math.ceil(middle + radiusPx + 1));
  for (let y = first(yPx); y <= last(yPx); y += 1) {
    for (let x = first(xPx); x <= last(xPx); x += 1) {
      const distance = Math.hypot(x + 0.5 - xPx, y + 0.5 - yPx);
      const cover = Math.min(1, Math.max(0, radiusPx - distance + 0.5));
      // A sphere is thickest in the middle.
      const thickness = 0.55 + 0.45 * Math.sqrt(Math.max(0, 1 - (distance / radiusPx) ** 2));
      const at = y * edgePx + x;
      levels[at] = Math.max(levels[at] ?? 0, BACKGROUND + brightness * cover * thickness);
    }
  }
}

interface Observed {
  readonly seq: number;
  readonly receivedAtMs: number;
  readonly columns: ParticleTable;
  readonly raw: Uint8Array;
  readonly filtered: Uint8Array;
}

function eventOf({ edgePx, pixelSizeNm }: ExperimentOptions, observed: Observed): FrameMessage {
  const { seq, receivedAtMs, columns } = observed;
  const unit = pixelSizeNm ?? 1;
  const sized = Array.from(columns.ecdPx).filter((_, row) => columns.touchesBorder[row] === 0);
  const areaPx2 = columns.areaPx2.reduce((sum, area) => sum + area, 0);
  return {
    op: "frame",
    seq,
    source: "simulated",
    label: `frame_${String(seq).padStart(6, "0")}.tif`,
    widthPx: edgePx,
    heightPx: edgePx,
    pixelSizeNm,
    receivedAtMs,
    acquiredAtMs: null,
    committedAtMs: receivedAtMs + 41,
    statistics: {
      count: columns.id.length,
      borderCount: columns.id.length - sized.length,
      sizedCount: sized.length,
      border: "exclude",
      lengthUnit: pixelSizeNm === null ? "px" : "nm",
      numberDensity: columns.id.length / (edgePx * unit) ** 2,
      areaFraction: areaPx2 / edgePx ** 2,
      ecd: statisticsOf(sized.map((size) => size * unit)),
      area: statisticsOf(sized.map((size) => (Math.PI / 4) * (size * unit) ** 2)),
      backgroundSnr: 3.4 + 0.1 * Math.sin(seq / 17),
    },
    intensity: {
      range: { low: 0, high: 255 },
      raw: levelCounts(observed.raw),
      filtered: levelCounts(observed.filtered),
    },
    stageTimesMs: { decode: 2, filter: 3, segment: 31, measure: 4 },
    settingsId: 1,
    computedBy: { filter: "Gaussian on CPU", segmenter: "Mask R-CNN on CPU" },
  };
}

function levelCounts(pixels: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  for (const level of pixels) counts[level] = (counts[level] ?? 0) + 1;
  return counts;
}

function statisticsOf(values: readonly number[]): SizeStatistics {
  const sorted = [...values].sort((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? null;
  const mean = sorted.length === 0 ? null : sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const squares = sorted.reduce((sum, value) => sum + (value - (mean ?? 0)) ** 2, 0);
  return {
    mean,
    median: quantile(0.5),
    standardDeviation: sorted.length < 2 ? null : Math.sqrt(squares / (sorted.length - 1)),
    d10: quantile(0.1),
    d50: quantile(0.5),
    d90: quantile(0.9),
    geometricMean: mean,
    geometricStandardDeviation: sorted.length < 2 ? null : 1.3,
    histogram: histogramOf(sorted),
  };
}

function histogramOf(sorted: readonly number[]): Histogram {
  const low = sorted[0];
  const high = sorted.at(-1);
  if (low === undefined || high === undefined) return { low: 0, binWidth: 0, counts: [] };
  const binWidth = Math.max(0.1, (high - low) / 18);
  const counts = new Array<number>(19).fill(0);
  for (const value of sorted) {
    const bin = Math.floor((value - low) / binWidth);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { low, binWidth, counts };
}
