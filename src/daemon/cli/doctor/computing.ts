/**
 * What `doctor` says about GPU adapters and execution providers, as probes in other processes found them.
 *
 * @module
 */
import { z } from "zod";
import { isOstwaldError } from "../../../stream/base/errors.js";
import type { Finding } from "./finding.js";
import { ok } from "./finding.js";
import { runProbe } from "./run-probe.js";

const adapterSchema = z.object({
  vendor: z.string(),
  architecture: z.string(),
  description: z.string(),
  backendType: z.string(),
  isSoftware: z.boolean(),
});
export const adaptersSchema = z.array(adapterSchema);
export type Adapters = z.infer<typeof adaptersSchema>;

const ADAPTERS = "GPU adapters";
const NO_HARDWARE =
  "Install the GPU's driver (on Linux one for Vulkan: NVIDIA's, or mesa-vulkan-drivers). Without a GPU all is well.";

/** The adapters that filters can run on. */
export async function adaptersFinding(): Promise<Finding> {
  try {
    return adaptersFindingFrom(await runProbe("adapters", adaptersSchema));
  } catch (error) {
    return failedProbe(ADAPTERS, "filters run on the CPU (WebAssembly SIMD)", error);
  }
}

export function adaptersFindingFrom(adapters: Adapters): Finding {
  const found = adapters.map(({ vendor, architecture, description, backendType, isSoftware }) => {
    const name = [vendor, architecture, description].filter((part) => part !== "").join(" ");
    return `${name} (${backendType}${isSoftware ? ", software: only with --gpu software" : ""})`;
  });
  if (adapters.some(({ isSoftware }) => !isSoftware)) return ok(ADAPTERS, ...found);
  const noHardware = "no hardware adapter: filters run on the CPU (WebAssembly SIMD)";
  return { topic: ADAPTERS, state: "degraded", found: [noHardware, ...found], remedy: NO_HARDWARE };
}

export const providersSchema = z.array(
  z.object({ provider: z.enum(["cuda", "webgpu", "cpu"]), isUsable: z.boolean(), detail: z.string() }),
);
export type Providers = z.infer<typeof providersSchema>;

const PROVIDERS = "execution providers";
const CUDA_REMEDY =
  "For CUDA: an NVIDIA driver, CUDA 12 and cuDNN 9, then `npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12`.";

/** What the model can run on. */
export async function providersFinding(): Promise<Finding> {
  try {
    return providersFindingFrom(await runProbe("providers", providersSchema));
  } catch (error) {
    return { ...failedProbe(PROVIDERS, "the model does not run", error), state: "missing" };
  }
}

export function providersFindingFrom(providers: Providers): Finding {
  const found = providers.map(
    ({ provider, isUsable, detail }) => `${provider}: ${isUsable ? "usable" : "not usable"} (${detail})`,
  );
  const isUsable = (name: string): boolean => providers.some((one) => one.provider === name && one.isUsable);
  if (isUsable("cuda") || isUsable("webgpu")) return ok(PROVIDERS, ...found);
  return { topic: PROVIDERS, state: isUsable("cpu") ? "degraded" : "missing", found, remedy: CUDA_REMEDY };
}

function failedProbe(topic: string, consequence: string, error: unknown): Finding {
  if (!isOstwaldError(error)) throw error;
  return { topic, state: "degraded", found: [error.received, consequence], remedy: error.remedy };
}
