/**
 * The filters: non-local means and Gaussian on one and two threads of the CPU and on the GPU, with what a user would run instead taking
 * turns with them in the same run; and how many pixels differ from OpenCV's.
 *
 * `--sizes 256,512`, `--repeats 3` and `--frames 1000` shorten or lengthen it; `--frames` is for how long memory is watched.
 *
 * @module
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { WasmFilter } from "../src/shaders/wasm-filter.ts";
import type { GreyImage } from "../src/stream/base/frame.ts";
import { DEFAULT_SETTINGS } from "../src/stream/base/settings.ts";
import { SOFTWARE_VULKAN_ENV, unpackSoftwareVulkan } from "../test/support/software-vulkan.ts";
import { testFrame } from "../test/support/test-frames.ts";
import { nlmLimitMs } from "./denoise-limit.ts";
import { memoryRow } from "./denoise-memory.ts";
import { thresholdRows } from "./denoise-threshold.ts";
import { Peer } from "./peers/peer.ts";
import { PYTHON } from "./python.ts";
import type { Row } from "./report.ts";
import { median, row, spread } from "./report.ts";

const PYTHON_PEER = fileURLToPath(new URL("./peers/denoise.py", import.meta.url));
const WGSL_PEER = fileURLToPath(new URL("./peers/denoise-wgsl.ts", import.meta.url));

const THREADS = [1, 2] as const;
const USUAL_H = 10;
/** Strengths from the least to the largest that is promised. */
const STRENGTHS = [1, 3, 5, 13, 20, 40, 60] as const;
const COST_PX = 512;
/** Frames larger than this are too slow to compare with scikit-image, and on a software adapter. */
const SKIMAGE_PX = 512;
const SOFTWARE_PX = 128;
const GPU_BATCHES = [1, 8, 32] as const;

interface Options {
  readonly sizes: readonly number[];
  readonly repeats: number;
  readonly frames: number;
}

interface Case {
  readonly filter: "nlm" | "gaussian";
  readonly h: number;
  readonly px: number;
  readonly threads: number;
}

type Answer = { readonly ms: number; readonly deviceMs?: number | null } | { readonly error: string };
type AdapterAnswer = { readonly adapter: string; readonly isSoftware: boolean } | { readonly error: string };

/** Who takes part, and the files that frames are exchanged in. */
interface Bench {
  readonly options: Options;
  readonly dir: string;
  readonly python: Peer;
  readonly filters: ReadonlyMap<number, WasmFilter>;
}

export async function denoiseBench(args: readonly string[]): Promise<readonly Row[]> {
  const options = optionsFrom(args);
  const dir = await mkdtemp(join(tmpdir(), "ostwald-bench-"));
  const python = new Peer(PYTHON, [PYTHON_PEER]);
  const filters = new Map<number, WasmFilter>();
  for (const threads of THREADS) filters.set(threads, await WasmFilter.open({ threads }));
  const bench: Bench = { options, dir, python, filters };
  try {
    const rows: Row[] = [];
    for (const px of options.sizes) {
      for (const threads of THREADS) rows.push(...(await cpuRows(bench, { filter: "nlm", h: USUAL_H, px, threads })));
    }
    for (const h of STRENGTHS) rows.push(...(await cpuRows(bench, { filter: "nlm", h, px: COST_PX, threads: 1 })));
    for (const px of options.sizes) rows.push(...(await cpuRows(bench, { filter: "gaussian", h: 0, px, threads: 1 })));
    rows.push(...(await thresholdRows(options.repeats)), ...(await gpuRows(bench)), await memoryRow(options.frames));
    return rows;
  } finally {
    await python.end();
    for (const filter of filters.values()) await filter.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function optionsFrom(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      sizes: { type: "string", default: "256,512,1024,2048" },
      repeats: { type: "string", default: "7" },
      frames: { type: "string", default: "2000" },
    },
  });
  return {
    sizes: String(values.sizes).split(",").map(Number),
    repeats: Number(values.repeats),
    frames: Number(values.frames),
  };
}

function imageOf(px: number): GreyImage {
  return testFrame({ content: "discs", seed: px, width: px, height: px });
}

/** The request to a peer that goes with a case. */
async function requestFor({ dir }: Bench, { filter, h, px, threads }: Case) {
  const frame = join(dir, `${px}.raw`);
  await writeFile(frame, imageOf(px).levels);
  return { filter, h, threads, width: px, height: px, frame, out: join(dir, "out.raw") };
}

async function cpuRows(bench: Bench, what: Case): Promise<readonly Row[]> {
  const { python, filters, options } = bench;
  const filter = filters.get(what.threads);
  if (filter === undefined) return [];
  const request = await requestFor(bench, what);
  const image = imageOf(what.px);
  const settings = { ...DEFAULT_SETTINGS, filter: what.filter, nlmH: what.h };
  const [ours, theirs, ratios]: [number[], number[], number[]] = [[], [], []];
  let differing: number | null = null;
  for (let repeat = -1; repeat < options.repeats; repeat += 1) {
    const peer = await python.ask<Answer>({ ...request, tool: "opencv" });
    const startedAtMs = performance.now();
    const [result] = await filter.apply([image], settings);
    const ms = performance.now() - startedAtMs;
    if (repeat < 0) {
      differing = isTimed(peer) && result !== undefined ? await differingPixels(result, request.out) : null;
      continue;
    }
    ours.push(ms);
    if (!isTimed(peer)) continue;
    theirs.push(peer.ms);
    ratios.push(peer.ms / ms);
  }
  const skimage = what.filter === "nlm" && what.px <= SKIMAGE_PX ? await skimageText(bench, request) : "";
  return rowsOf(what, { ours, theirs, ratios, differing, skimage });
}

interface Compared {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  readonly ratios: readonly number[];
  readonly differing: number | null;
  readonly skimage: string;
}

function rowsOf(what: Case, { ours, theirs, ratios, differing, skimage }: Compared): readonly Row[] {
  const name = nameOf(what, `CPU, ${what.threads} ${what.threads === 1 ? "thread" : "threads"}`);
  const time = row({
    case: name,
    metric: `time (${spread(ours)})`,
    value: median(ours),
    unit: "ms a frame",
    peer:
      theirs.length === 0
        ? "OpenCV in Python is not there"
        : `OpenCV: ${median(theirs).toFixed(1)} ms (${spread(theirs)})${skimage}`,
  });
  const isGoal = what.filter === "nlm" && what.px === COST_PX && what.h === USUAL_H;
  const ratio = row({
    case: name,
    metric: ratios.length === 0 ? "times as fast as OpenCV" : `times as fast as OpenCV (${spread(ratios)})`,
    value: ratios.length === 0 ? null : median(ratios),
    unit: "",
    ...(isGoal ? { goal: { relation: ">=", value: 2 } } : {}),
  });
  return [time, ratio, differenceRow(name, differing)];
}

function differenceRow(name: string, differing: number | null): Row {
  return row({
    case: name,
    metric: "pixels that differ from OpenCV's",
    value: differing,
    unit: "",
    goal: { relation: "<=", value: 0 },
  });
}

function nameOf({ filter, h, px }: Case, where: string): string {
  return `${filter === "nlm" ? `nlm h ${h}` : "gaussian 5 x 5"}, ${px} x ${px}, ${where}`;
}

async function skimageText({ python }: Bench, request: object): Promise<string> {
  const answer = await python.ask<Answer>({ ...request, tool: "skimage", threads: 1 });
  return isTimed(answer) ? `; scikit-image fast: ${answer.ms.toFixed(0)} ms` : "; scikit-image is not there";
}

function isTimed(answer: Answer | null): answer is Exclude<Answer, { readonly error: string }> {
  return answer !== null && "ms" in answer;
}

async function differingPixels({ levels }: GreyImage, file: string): Promise<number> {
  const expected = await readFile(file);
  let differing = 0;
  for (let i = 0; i < expected.length; i += 1) if (levels[i] !== expected[i]) differing += 1;
  return differing;
}

/** The GPU that is there, else a software adapter, which says whether results are right and nothing of speed. */
async function gpuRows(bench: Bench): Promise<readonly Row[]> {
  await unpackSoftwareVulkan();
  for (const kind of ["hardware", "software"] as const) {
    const args = ["--import", "tsx", WGSL_PEER, kind];
    const peer = new Peer(process.execPath, args, kind === "software" ? SOFTWARE_VULKAN_ENV : {});
    const found = await peer.ask<AdapterAnswer>({ adapter: true });
    const isThere = found !== null && "adapter" in found && found.isSoftware === (kind === "software");
    const rows = isThere ? await rowsOfAdapter(bench, peer, found) : null;
    await peer.end();
    if (rows !== null) return rows;
  }
  return [row({ case: "nlm, WGSL", metric: "no GPU adapter, not even a software one", value: null, unit: "" })];
}

interface Adapter {
  readonly adapter: string;
  readonly isSoftware: boolean;
}

async function rowsOfAdapter(bench: Bench, gpu: Peer, { adapter, isSoftware }: Adapter): Promise<readonly Row[]> {
  const where = `WGSL on ${adapter}${isSoftware ? ", software: right or wrong, not fast or slow" : ""}`;
  const rows: Row[] = [];
  for (const px of isSoftware ? [SOFTWARE_PX] : bench.options.sizes) {
    for (const batch of isSoftware ? [1] : GPU_BATCHES) {
      rows.push(...(await gpuCase(bench, gpu, { px, batch, where, repeats: isSoftware ? 1 : bench.options.repeats })));
    }
  }
  return rows;
}

interface GpuCase {
  readonly px: number;
  readonly batch: number;
  readonly where: string;
  readonly repeats: number;
}

async function gpuCase(bench: Bench, gpu: Peer, { px, batch, where, repeats }: GpuCase): Promise<readonly Row[]> {
  const what: Case = { filter: "nlm", h: USUAL_H, px, threads: 1 };
  const name = nameOf(what, `${where}, batches of ${batch}`);
  const request = await requestFor(bench, what);
  const times: number[] = [];
  const deviceTimes: number[] = [];
  for (let repeat = -1; repeat < repeats; repeat += 1) {
    const answer = await gpu.ask<Answer>({ ...request, batch });
    if (repeat < 0 || !isTimed(answer)) continue;
    times.push(answer.ms);
    if (typeof answer.deviceMs === "number") deviceTimes.push(answer.deviceMs);
  }
  const levels = new Uint8Array(await readFile(request.out));
  const expected = await bench.python.ask<Answer>({ ...request, tool: "opencv" });
  const differing = isTimed(expected)
    ? await differingPixels({ widthPx: px, heightPx: px, levels }, request.out)
    : null;
  const time = row({
    case: name,
    metric: times.length === 0 ? "upload to readback" : `upload to readback (${spread(times)})`,
    value: times.length === 0 ? null : median(times),
    unit: "ms a frame",
  });
  return [time, ...deviceRows(name, nlmLimitMs(where, px * px), deviceTimes), differenceRow(name, differing)];
}

/** The time of the kernel by the clock of the device, and what part of it the calculated limit is. */
function deviceRows(name: string, limitMs: number | null, times: readonly number[]): readonly Row[] {
  if (times.length === 0) return [row({ case: name, metric: "device time: no clock", value: null, unit: "" })];
  const limit = limitMs === null ? "none is known for this GPU" : `${limitMs.toFixed(3)} ms`;
  return [
    row({ case: name, metric: `device time (${spread(times)})`, value: median(times), unit: "ms a frame" }),
    row({
      case: name,
      metric: `part of it that the calculated limit is: ${limit}`,
      value: limitMs === null ? null : limitMs / median(times),
      unit: "",
    }),
  ];
}
