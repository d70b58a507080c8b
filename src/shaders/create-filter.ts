/**
 * The choice of what computes the filters.
 *
 * @module
 */
import type { FrameFilter } from "./filter.js";
import { type AdapterDescription, findAdapter } from "./gpu/adapters.js";
import { GpuDevice } from "./gpu/device.js";
import { isGpuError } from "./gpu/errors.js";
import { FixedVariant, MeasuredVariant, type VariantChoice } from "./nlm-tuning.js";
import { TuningFile, tuningFile } from "./tuning-cache.js";
import { verifyFilter } from "./verify-filter.js";
import { WasmFilter } from "./wasm-filter.js";
import { WgslFilter } from "./wgsl-filter.js";

/** `auto` takes a hardware adapter, else the CPU; `software` a software adapter, for tests; `off` the CPU. */
export const GPU_CHOICES = ["auto", "software", "off"] as const;
export type GpuChoice = (typeof GPU_CHOICES)[number];

export interface FilterChoice {
  readonly gpu: GpuChoice;
  /** Threads of the filters on the CPU, 1 by default. */
  readonly threads?: number;
  /** Whether a GPU measures the time of its kernels, `WgslFilter.deviceMs`. */
  readonly timed?: boolean;
}

export interface CreatedFilter {
  readonly filter: FrameFilter;
  /** Sentences for log and health: what was not there, and what runs in its place. */
  readonly notes: readonly string[];
}

async function openWgslFilter(kind: "hardware" | "software", timed: boolean): Promise<FrameFilter> {
  const device = await GpuDevice.open(await findAdapter(kind), { timed });
  const filter = new WgslFilter(device, { variants: variantsFor(device.adapter) });
  try {
    await verifyFilter(filter);
  } catch (error) {
    await filter.close();
    throw error;
  }
  return filter;
}

function variantsFor({ isSoftware, ...adapter }: AdapterDescription): VariantChoice {
  if (isSoftware) return new FixedVariant();
  const { vendor, architecture, device, description, backendType } = adapter;
  // The description names the driver and its version.
  const name = [vendor, architecture, device, description, backendType].join(" | ");
  return new MeasuredVariant(new TuningFile(tuningFile(), name));
}

/**
 * Opens the filters. A GPU is taken only after it has computed two small frames right.
 *
 * Raises a GpuError for `software` where there is no such adapter, WasmUnavailableError where the CPU kernels are needed
 * and were not built. A filter whose device is lost raises GpuLostError from then on: close it and create a new one.
 */
export async function createFrameFilter({ gpu, threads = 1, timed = false }: FilterChoice): Promise<CreatedFilter> {
  if (gpu === "software") return { filter: await openWgslFilter("software", timed), notes: [] };
  if (gpu === "off") return { filter: await WasmFilter.open({ threads }), notes: [] };
  try {
    return { filter: await openWgslFilter("hardware", timed), notes: [] };
  } catch (error) {
    if (!isGpuError(error)) throw error;
    return {
      filter: await WasmFilter.open({ threads }),
      notes: [`Filters run on the CPU (WebAssembly SIMD): ${error.received}.`],
    };
  }
}
