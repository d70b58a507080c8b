/**
 * Turns a kernel's description into a compute pipeline.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import type { WgslKernel } from "../kernels/kernel.js";

const SHARED_SOURCE = new URL("../kernels/frame.wgsl", import.meta.url);

/** Compiles a kernel. WGSL errors surface in the error scopes around it, never as an exception. */
export async function createKernelPipeline(
  device: GPUDevice,
  layout: GPUBindGroupLayout,
  kernel: WgslKernel,
): Promise<GPUComputePipeline> {
  const sources = await Promise.all(
    [SHARED_SOURCE, ...kernel.sources].map((source) =>
      typeof source === "string" ? source : readFile(source, "utf8"),
    ),
  );
  const label = kernel.name;
  const { threadsX, threadsY } = kernel.group;
  // Not createComputePipelineAsync: where that fails, dawn.node aborts the process.
  return device.createComputePipeline({
    label,
    layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
    compute: {
      module: device.createShaderModule({ label, code: sources.join("\n") }),
      entryPoint: "main",
      constants: { THREADS_X: threadsX, THREADS_Y: threadsY },
    },
  });
}
