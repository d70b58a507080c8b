/**
 * Which GPU adapters this machine has, and the choice between them.
 *
 * @module
 */
import { errorText } from "../../stream/base/errors.js";
import { GpuUnavailableError } from "./errors.js";

/** An adapter as `ostwald doctor` shows it; fields are empty where the driver says nothing. */
export interface AdapterDescription {
  readonly vendor: string;
  readonly architecture: string;
  /** The product. */
  readonly device: string;
  /** The driver's own words, such as the product name. */
  readonly description: string;
  /** `vulkan`, `metal`, `d3d12` or `opengles`. */
  readonly backendType: string;
  /** Whether it computes on the CPU (SwiftShader, llvmpipe): far slower than the CPU filters, so for tests only. */
  readonly isSoftware: boolean;
}

/** An adapter, good for one device. */
export interface FoundAdapter extends AdapterDescription {
  readonly adapter: GPUAdapter;
}

/** Software renderers by name, since not every driver flags itself. */
const SOFTWARE_NAMES = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

function describe(adapter: GPUAdapter, backendType: string): FoundAdapter {
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const isSoftware = isFallbackAdapter || SOFTWARE_NAMES.test(`${architecture} ${device} ${description}`);
  return { adapter, vendor, architecture, device, description, backendType, isSoftware };
}

/** What is asked of each interface, in the order of preference. */
const NATIVE_REQUESTS: readonly GPURequestAdapterOptions[] = [
  { powerPreference: "high-performance" },
  { powerPreference: "low-power" },
  { forceFallbackAdapter: true },
];
const OPENGLES_REQUESTS: readonly GPURequestAdapterOptions[] = [{ featureLevel: "compatibility" }];

async function* adaptersOf(gpu: GPU, backendType: string, requests: readonly GPURequestAdapterOptions[]) {
  for (const request of requests) {
    const adapter = await gpu.requestAdapter(request);
    if (adapter !== null) yield describe(adapter, backendType);
  }
}

/** All adapters, the best first; the same one may come more than once. OpenGL is loaded only when nothing before it was taken. */
async function* allAdapters(): AsyncGenerator<FoundAdapter> {
  const native = await import("./dawn-native.js");
  yield* adaptersOf(native.gpu, native.backendType, NATIVE_REQUESTS);
  const openGles = await import("./dawn-opengles.js");
  yield* adaptersOf(openGles.gpu, openGles.backendType, OPENGLES_REQUESTS);
}

/** Runs `use` and turns a library that does not load into {@link GpuUnavailableError}. */
async function withLibrary<Result>(use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (cause) {
    throw new GpuUnavailableError({
      received: `a GPU library that does not load (${errorText(cause)})`,
      expected: "the webgpu package with a binary for this system",
      remedy: "Filter on the CPU, or install the system libraries that the message names.",
      cause,
    });
  }
}

/** The adapters of this machine, each once. Raises {@link GpuUnavailableError} where the library does not load. */
export async function listAdapters(): Promise<readonly AdapterDescription[]> {
  const found = new Map<string, AdapterDescription>();
  await withLibrary(async () => {
    for await (const { adapter: _, ...description } of allAdapters())
      found.set(JSON.stringify(description), description);
  });
  return [...found.values()];
}

/** The best adapter of the wanted kind, or {@link GpuUnavailableError}. */
export async function findAdapter(kind: "hardware" | "software"): Promise<FoundAdapter> {
  const found = await withLibrary(async () => {
    for await (const candidate of allAdapters()) {
      if (candidate.isSoftware === (kind === "software")) return candidate;
    }
    return null;
  });
  if (found !== null) return found;
  throw new GpuUnavailableError({
    received: `no ${kind} GPU adapter`,
    expected:
      kind === "hardware"
        ? "a GPU with a Vulkan, Metal, D3D12 or OpenGL ES driver"
        : "a software Vulkan driver such as SwiftShader",
    remedy:
      kind === "hardware" ? "Install the GPU's driver, or filter on the CPU." : "Set VK_ICD_FILENAMES to its ICD file.",
  });
}
