/**
 * Whether the filters keep memory: frames of changing size and strength, for as long as one likes.
 *
 * @module
 */
import { WasmFilter } from "../src/shaders/wasm-filter.ts";
import { DEFAULT_SETTINGS } from "../src/stream/base/settings.ts";
import { testFrame } from "../test/support/test-frames.ts";
import type { Row } from "./report.ts";
import { median, row } from "./report.ts";

const SIZES = [64, 96, 128] as const;
const SAMPLES = 64;
/** What the heap and its collector move by themselves. */
const LEAST_GROWTH_MB = 32;

/** Resident memory at the end less that after the first quarter, medians of a quarter of the samples each. */
export async function memoryRow(frames: number): Promise<Row> {
  const filter = await WasmFilter.open();
  const images = SIZES.map((px) => testFrame({ content: "discs", seed: px, width: px, height: px }));
  const residentMb: number[] = [];
  const interval = Math.max(1, Math.floor(frames / SAMPLES));
  for (let i = 0; i < frames; i += 1) {
    const name = i % 2 === 0 ? "nlm" : "gaussian";
    await filter.apply([images[i % images.length]], { ...DEFAULT_SETTINGS, filter: name, nlmH: 3 + (i % 20) });
    if (i % interval === 0) residentMb.push(process.memoryUsage.rss() / 1e6);
  }
  await filter.close();
  const quarter = Math.max(1, Math.floor(residentMb.length / 4));
  const early = median(residentMb.slice(quarter, 2 * quarter));
  return row({
    case: `nlm and gaussian, CPU, ${frames} frames of ${SIZES.join(", ")} px`,
    metric: "growth of resident memory from the second quarter to the last",
    value: median(residentMb.slice(-quarter)) - early,
    unit: "MB",
    goal: { relation: "<=", value: LEAST_GROWTH_MB },
  });
}
