/**
 * The filters on the GPU, in a process of their own: a software driver is found by the environment that a process starts with.
 *
 * Answers the requests of denoise.py, and `{ "adapter": true }` with what computes: `{ adapter, isSoftware }`, or `{ error }`. With `batch` the
 * frame is filtered so many times in one call, and `ms` is for one of them, as is `deviceMs`,
 * the time of the kernel by the clock of the device, `null` where it has none.
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { createFrameFilter } from "../../src/shaders/create-filter.ts";
import type { FrameFilter } from "../../src/shaders/filter.ts";
import { listAdapters } from "../../src/shaders/gpu/adapters.ts";
import { WgslFilter } from "../../src/shaders/wgsl-filter.ts";
import { errorText } from "../../src/stream/base/errors.ts";
import { DEFAULT_SETTINGS } from "../../src/stream/base/settings.ts";

interface Request {
  readonly adapter?: true;
  readonly filter: "nlm" | "gaussian";
  readonly h: number;
  readonly width: number;
  readonly height: number;
  readonly batch: number;
  readonly frame: string;
  readonly out: string;
}

async function answer(filter: FrameFilter, request: Request): Promise<object> {
  const { description, isSoftwareAdapter, kind } = filter.backend;
  if (request.adapter) {
    if (kind !== "wgsl") return { error: "no GPU adapter" };
    const product = (await listAdapters()).find(({ isSoftware }) => isSoftware === isSoftwareAdapter)?.device ?? "";
    return { adapter: `${product} ${description}`.trim(), isSoftware: isSoftwareAdapter };
  }
  const levels = new Uint8Array(await readFile(request.frame));
  const image = { widthPx: request.width, heightPx: request.height, levels };
  const images = Array.from({ length: request.batch }, () => image);
  const settings = { ...DEFAULT_SETTINGS, filter: request.filter, nlmH: request.h };
  const deviceMsBefore = deviceMsOf(filter);
  const startedAtMs = performance.now();
  const [result] = await filter.apply(images, settings);
  const ms = (performance.now() - startedAtMs) / request.batch;
  if (result !== undefined) await writeFile(request.out, result.levels);
  const deviceMs = deviceMsOf(filter);
  return { ms, deviceMs: deviceMs === null ? null : (deviceMs - (deviceMsBefore ?? 0)) / request.batch };
}

function deviceMsOf(filter: FrameFilter): number | null {
  return filter instanceof WgslFilter ? filter.deviceMs : null;
}

const gpu = process.argv[2] === "software" ? "software" : "auto";
const opened = await createFrameFilter({ gpu, timed: true }).catch((error: unknown) => errorText(error));
for await (const line of createInterface({ input: process.stdin })) {
  const reply =
    typeof opened === "string"
      ? { error: opened }
      : await answer(opened.filter, JSON.parse(line)).catch((error: unknown) => ({ error: errorText(error) }));
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
process.exit(0);
