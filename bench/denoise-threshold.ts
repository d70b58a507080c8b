/**
 * The threshold path on one core without files and processes: Gaussian, Otsu, components, measurement.
 *
 * @module
 */
import { backgroundSnr } from "../src/daemon/analysis/background.ts";
import { measureParticles } from "../src/daemon/analysis/measure.ts";
import { createThresholdSegmenter } from "../src/daemon/segment/threshold.ts";
import { WasmFilter } from "../src/shaders/wasm-filter.ts";
import type { Frame } from "../src/stream/base/frame.ts";
import { DEFAULT_SETTINGS } from "../src/stream/base/settings.ts";
import { defineScene } from "../src/stream/source/simulated/scene-check.ts";
import { simulateFrame } from "../src/stream/source/simulated/simulate-frame.ts";
import type { Row } from "./report.ts";
import { median, row, spread } from "./report.ts";

const PARTICLES = [24, 61] as const;
/** Frames of a repeat; compilers need some hundred before they have settled. */
const FRAMES = 100;
const WARM_UP = 3;
const SETTINGS = { ...DEFAULT_SETTINGS, filter: "gaussian", segmenter: "threshold" } as const;

export async function thresholdRows(repeats: number): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const particles of PARTICLES) rows.push(await thresholdRow(particles, repeats));
  return rows;
}

async function thresholdRow(particles: number, repeats: number): Promise<Row> {
  const scene = defineScene({
    kinds: [{ shape: { kind: "sphere", diameterNm: 40 }, relativeSd: 0.1, weight: 1 }],
    population: { kind: "count", count: particles },
  });
  const frames = Array.from({ length: 10 }, (_, seed) => simulateFrame(scene, seed + 1).frame);
  const analyse = await analysis();
  const times: number[] = [];
  for (let repeat = -WARM_UP; repeat < repeats; repeat += 1) {
    const startedAtMs = performance.now();
    for (let i = 0; i < FRAMES; i += 1) await analyse(frames[i % frames.length]);
    if (repeat >= 0) times.push((performance.now() - startedAtMs) / FRAMES);
  }
  const { widthPx, heightPx } = frames[0];
  return row({
    case: `Gaussian, Otsu, components, measurement, background SNR; ${widthPx} x ${heightPx}, ${particles} particles, one core`,
    metric: `time (${spread(times)})`,
    value: median(times),
    unit: "ms a frame",
    goal: { relation: "<=", value: 3 },
  });
}

async function analysis(): Promise<(frame: Frame) => Promise<void>> {
  const filter = await WasmFilter.open();
  const segmenter = createThresholdSegmenter();
  return async (frame) => {
    const { widthPx, heightPx, pixels } = frame;
    if (!(pixels instanceof Uint8Array)) throw new TypeError("a simulated frame of bytes");
    const filtered = await filter.apply([{ widthPx, heightPx, levels: pixels }], SETTINGS);
    const [detections] = await segmenter.segment(filtered, SETTINGS);
    measureParticles(detections, frame, SETTINGS.minAreaPx2);
    backgroundSnr(frame, detections);
  };
}
