/**
 * The model alone: one tile of 512 x 512 px with 30 particles on one core, and batches where there is a GPU.
 *
 * The peer is torchvision's Mask R-CNN R50-FPN in Python, one thread, in the same run.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SHIPPED_MANIFEST_PATH } from "../src/daemon/config/package.ts";
import { type Model, openModel } from "../src/daemon/segment/model.ts";
import { planeOf } from "../src/daemon/segment/plane.ts";
import { modelInput } from "../src/daemon/segment/preprocess.ts";
import { defineScene } from "../src/stream/source/simulated/scene-check.ts";
import { simulateFrame } from "../src/stream/source/simulated/simulate-frame.ts";
import { PYTHON } from "./python.ts";
import type { Row } from "./report.ts";
import { median, row, spread } from "./report.ts";

const run = promisify(execFile);
const PEER = fileURLToPath(new URL("./peers/torchvision_maskrcnn.py", import.meta.url));
const PARTICLES = 30;
const REPEATS = 20;
const PEER_REPEATS = 5;
const BATCHES = [1, 2, 4, 8, 16, 32] as const;
const SCORE = 0.5;
const ONE_CORE = { manifestPath: SHIPPED_MANIFEST_PATH, provider: "cpu", threads: 1 } as const;

export async function modelBench(): Promise<readonly Row[]> {
  const model = await openModel(ONE_CORE);
  const tile = tileFor(model);
  const before = await timesMs(model, [tile], REPEATS);
  const peer = await peerMs();
  const times = [...before, ...(await timesMs(model, [tile], REPEATS))];
  await model.release();
  const ours = median(times);
  const peerText =
    peer === null
      ? "torchvision in Python is not there"
      : `torchvision R50-FPN: ${median(peer).toFixed(0)} ms (${spread(peer)}), ${(median(peer) / ours).toFixed(1)} times as long`;
  const cpu = row({
    case: `CPU, one core, 512 x 512, ${PARTICLES} particles`,
    metric: `model only (${spread(times)})`,
    value: ours,
    unit: "ms a frame",
    goal: { relation: "<=", value: 40 },
    peer: peerText,
  });
  return [cpu, ...(await gpuRows())];
}

/** The batch curve, where a provider other than the CPU runs the model. */
async function gpuRows(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const batch of BATCHES) {
    const model = await openModel({ ...ONE_CORE, provider: "auto", batch });
    const isGpu = !model.description.startsWith("CPU");
    if (isGpu) {
      const tile = tileFor(model);
      const times = await timesMs(model, new Array<Float32Array>(batch).fill(tile), REPEATS);
      const rates = times.map((ms) => (1000 * batch) / ms);
      rows.push(
        row({
          case: `${model.description}, batches of ${batch}`,
          metric: `rate (${spread(rates)})`,
          value: median(rates),
          unit: "frames/s",
          ...(batch === BATCHES.at(-1) ? { goal: { relation: ">=", value: 500 } } : {}),
        }),
      );
    }
    await model.release();
    if (!isGpu) break;
  }
  return rows;
}

function tileFor(model: Model): Float32Array {
  const scene = defineScene({
    modality: "bf-inverted",
    shotNoise: false,
    snr: 14.5497,
    kinds: [{ shape: { kind: "sphere", diameterNm: 40 }, relativeSd: 0.1, weight: 1 }],
    population: { kind: "count", count: PARTICLES },
  });
  const { widthPx, heightPx, pixels } = simulateFrame(scene, 1).frame;
  const plane = planeOf({ widthPx, heightPx, levels: Float32Array.from(pixels) });
  return modelInput({ plane, deviation: 0 }, { xPx: 0, yPx: 0 }, model.manifest);
}

/** Of each repeat, after three that warm up. */
async function timesMs(model: Model, tiles: readonly Float32Array[], repeats: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let repeat = -3; repeat < repeats; repeat += 1) {
    const startedAtMs = performance.now();
    await model.run(tiles, SCORE);
    if (repeat >= 0) times.push(performance.now() - startedAtMs);
  }
  return times;
}

/** Of each repeat of the peer, or `null` where Python has no torchvision. */
async function peerMs(): Promise<readonly number[] | null> {
  try {
    const { stdout } = await run(PYTHON, [PEER, String(PEER_REPEATS), String(PARTICLES)]);
    return (JSON.parse(stdout) as { readonly msPerFrame: readonly number[] }).msPerFrame;
  } catch {
    return null;
  }
}
