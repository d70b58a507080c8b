/**
 * The filters on a GPU.
 *
 * @module
 */
import type { GreyImage } from "../stream/base/frame.js";
import type { NoiseBlocks } from "../stream/base/noise.js";
import type { FilterBackend, FilterSettings, FrameFilter } from "./filter.js";
import type { AdapterDescription } from "./gpu/adapters.js";
import { createKernelLayout, FrameBuffers } from "./gpu/buffers.js";
import type { GpuDevice } from "./gpu/device.js";
import { createKernelPipeline } from "./gpu/kernel-pipeline.js";
import { gaussianCoefficients, gaussianKernel } from "./kernels/gaussian/gaussian.js";
import type { LevelDepth, WgslKernel } from "./kernels/kernel.js";
import { nlmCoefficients, nlmKernel } from "./kernels/nlm/nlm.js";
import { NOISE_VALUES, noiseBlocksFrom, noiseCoefficients, noiseGrid, noiseKernel } from "./kernels/noise/noise.js";

/** A kernel and what it reads beside the frame. */
interface KernelCall {
  readonly kernel: WgslKernel;
  readonly coefficients: Uint32Array | Float32Array;
}

function kernelCall(settings: FilterSettings, depth: LevelDepth): KernelCall {
  if (settings.filter === "nlm")
    return { kernel: nlmKernel(depth), coefficients: nlmCoefficients(depth, settings.nlmH) };
  const shape = { kernelPx: settings.gaussianKernelPx, sigmaPx: settings.gaussianSigmaPx };
  return { kernel: gaussianKernel(depth), coefficients: gaussianCoefficients(depth, shape) };
}

/** Workgroups along x and y. */
type Dispatch = readonly [number, number];

const BACKEND_NAMES: Readonly<Record<string, string>> = {
  vulkan: "Vulkan",
  metal: "Metal",
  d3d12: "D3D12",
  opengles: "OpenGL ES",
};

function backendOf(adapter: AdapterDescription): FilterBackend {
  const name = adapter.description || adapter.architecture || adapter.vendor || "GPU";
  const api = BACKEND_NAMES[adapter.backendType] ?? adapter.backendType;
  return { kind: "wgsl", description: `${name} (${api})`, isSoftwareAdapter: adapter.isSoftware };
}

/** Rows without the padding that the kernels leave behind each. */
function withoutPadding<Levels extends Uint8Array | Float32Array>(padded: Levels, to: Levels, widthPx: number): Levels {
  const stridePx = outStridePx(widthPx);
  for (let at = 0, from = 0; at < to.length; at += widthPx, from += stridePx) {
    to.set(padded.subarray(from, from + widthPx), at);
  }
  return to;
}

function depthOf({ levels }: GreyImage): LevelDepth {
  return levels instanceof Uint8Array ? "u8" : "f32";
}

function outStridePx(widthPx: number): number {
  return Math.ceil(widthPx / 4) * 4;
}

/** Pipelines and buffers of one device. */
class FramePasses {
  readonly #device: GPUDevice;
  readonly #layout: GPUBindGroupLayout;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  readonly buffers: FrameBuffers;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#layout = createKernelLayout(device);
    this.buffers = new FrameBuffers(device, this.#layout);
  }

  async filter(image: GreyImage, call: KernelCall, outBytes: number): Promise<GreyImage> {
    const { widthPx, heightPx, levels } = image;
    const { threadsX, threadsY, blockX, blockY } = call.kernel.group;
    const dispatch = [Math.ceil(widthPx / (threadsX * blockX)), Math.ceil(heightPx / (threadsY * blockY))] as const;
    await this.#submit(image, call, dispatch, outBytes);
    return this.buffers.read(outBytes, (bytes) => ({
      widthPx,
      heightPx,
      levels:
        levels instanceof Uint8Array
          ? withoutPadding(new Uint8Array(bytes), new Uint8Array(levels.length), widthPx)
          : withoutPadding(new Float32Array(bytes), new Float32Array(levels.length), widthPx),
    }));
  }

  /** What the noise of an image is estimated from; a thread computes a block. */
  async noiseBlocks(image: GreyImage): Promise<NoiseBlocks> {
    const grid = noiseGrid(image.widthPx, image.heightPx);
    const outBytes = grid.columns * grid.rows * NOISE_VALUES.length * Float32Array.BYTES_PER_ELEMENT;
    if (outBytes === 0) return noiseBlocksFrom(new Float32Array(0));
    const kernel = noiseKernel(depthOf(image));
    const { threadsX, threadsY } = kernel.group;
    const dispatch = [Math.ceil(grid.columns / threadsX), Math.ceil(grid.rows / threadsY)] as const;
    await this.#submit(image, { kernel, coefficients: noiseCoefficients(grid) }, dispatch, outBytes);
    return this.buffers.read(outBytes, (bytes) => noiseBlocksFrom(new Float32Array(bytes)));
  }

  /** Hands a frame to a kernel; its result is then read from the buffers. */
  async #submit(image: GreyImage, call: KernelCall, dispatch: Dispatch, outBytes: number): Promise<void> {
    const { widthPx, heightPx, levels } = image;
    const { kernel, coefficients } = call;
    const pipeline = await this.#pipeline(kernel);
    const params = Uint32Array.of(widthPx, heightPx, outStridePx(widthPx), coefficients.length);
    this.buffers.reserve({
      frame: params.byteLength,
      levelsIn: levels.byteLength,
      coefficients: coefficients.byteLength,
      levelsOut: outBytes,
      readback: outBytes,
    });
    this.buffers.write("frame", params);
    this.buffers.write("levelsIn", levels);
    this.buffers.write("coefficients", coefficients);
    const encoder = this.#device.createCommandEncoder({ label: kernel.name });
    const pass = encoder.beginComputePass({ label: kernel.name });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.buffers.bindGroup);
    pass.dispatchWorkgroups(...dispatch);
    pass.end();
    this.buffers.recordReadback(encoder, outBytes);
    this.#device.queue.submit([encoder.finish()]);
  }

  async #pipeline(kernel: WgslKernel): Promise<GPUComputePipeline> {
    const known = this.#pipelines.get(kernel.name);
    if (known !== undefined) return known;
    const pipeline = await createKernelPipeline(this.#device, this.#layout, kernel);
    this.#pipelines.set(kernel.name, pipeline);
    return pipeline;
  }
}

/** The filters on an open device, which they own from now on. */
export class WgslFilter implements FrameFilter {
  readonly backend: FilterBackend;
  readonly #device: GpuDevice;
  #passes: FramePasses | null = null;

  constructor(device: GpuDevice) {
    this.#device = device;
    this.backend = backendOf(device.adapter);
  }

  /** How many buffers were ever made on the device. */
  get bufferAllocations(): number {
    return this.#passes?.buffers.allocations ?? 0;
  }

  async apply(images: readonly GreyImage[], settings: FilterSettings): Promise<readonly GreyImage[]> {
    if (settings.filter === "none") return images;
    const results: GreyImage[] = [];
    for (const image of images) results.push(await this.#applyOne(image, settings));
    return results;
  }

  async noiseBlocks(images: readonly GreyImage[]): Promise<readonly NoiseBlocks[]> {
    const blocks: NoiseBlocks[] = [];
    for (const image of images) {
      const task = `noise of ${image.widthPx} x ${image.heightPx} px`;
      this.#device.checkFrameSize(image.levels.byteLength);
      blocks.push(await this.#device.run(task, async (device) => this.#passesOn(device).noiseBlocks(image)));
    }
    return blocks;
  }

  async close(): Promise<void> {
    this.#device.close();
  }

  #applyOne(image: GreyImage, settings: FilterSettings): Promise<GreyImage> {
    const call = kernelCall(settings, depthOf(image));
    const task = `${call.kernel.name} of ${image.widthPx} x ${image.heightPx} px`;
    return this.#device.run(task, async (device) => {
      const outBytes = outStridePx(image.widthPx) * image.heightPx * image.levels.BYTES_PER_ELEMENT;
      this.#device.checkFrameSize(outBytes);
      return this.#passesOn(device).filter(image, call, outBytes);
    });
  }

  #passesOn(device: GPUDevice): FramePasses {
    this.#passes ??= new FramePasses(device);
    return this.#passes;
  }
}
