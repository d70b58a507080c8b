/**
 * The filters on a GPU.
 *
 * @module
 */
import type { GreyImage } from "../stream/base/frame.js";
import type { NoiseBlocks } from "../stream/base/noise.js";
import type { FilterBackend, FilterSettings, FrameFilter } from "./filter.js";
import { FramePasses, type KernelCall } from "./frame-passes.js";
import type { AdapterDescription } from "./gpu/adapters.js";
import { batchesOf, type FrameBatch, framePitchBytes, inOrder, outStridePx } from "./gpu/batches.js";
import type { GpuDevice } from "./gpu/device.js";
import { gaussianCoefficients, gaussianKernel } from "./kernels/gaussian/gaussian.js";
import type { WgslKernel } from "./kernels/kernel.js";
import { nlmCoefficients, nlmKernel } from "./kernels/nlm/nlm.js";
import type { NlmVariant } from "./kernels/nlm/nlm-variants.js";
import { NOISE_VALUES, noiseBlocksFrom, noiseCoefficients, noiseGrid, noiseKernel } from "./kernels/noise/noise.js";
import { FixedVariant, type VariantChoice } from "./nlm-tuning.js";

const BACKEND_NAMES: Readonly<Record<string, string>> = {
  vulkan: "Vulkan",
  metal: "Metal",
  d3d12: "D3D12",
  opengles: "OpenGL ES",
};

/**
 * Frames of a batch, bytes: 16 frames of 512 x 512 fill the largest GPU, and of more frames some are on their way
 * while others are computed.
 */
const BATCH_BYTES = 4_194_304;

function backendOf(adapter: AdapterDescription): FilterBackend {
  const name = adapter.description || adapter.architecture || adapter.vendor || "GPU";
  const api = BACKEND_NAMES[adapter.backendType] ?? adapter.backendType;
  return { kind: "wgsl", description: `${name} (${api})`, isSoftwareAdapter: adapter.isSoftware };
}

/** Rows without the padding that the kernels leave behind each. */
function withoutPadding<Levels extends Uint8Array | Float32Array>(padded: Levels, to: Levels, widthPx: number): Levels {
  const stridePx = outStridePx(widthPx);
  if (stridePx === widthPx) {
    to.set(padded.subarray(0, to.length));
    return to;
  }
  for (let at = 0, from = 0; at < to.length; at += widthPx, from += stridePx) {
    to.set(padded.subarray(from, from + widthPx), at);
  }
  return to;
}

function filteredImage({ widthPx, heightPx, depth }: FrameBatch, bytes: ArrayBuffer, at: number): GreyImage {
  const pixels = widthPx * heightPx;
  const levels =
    depth === "u8"
      ? withoutPadding(new Uint8Array(bytes, at), new Uint8Array(pixels), widthPx)
      : withoutPadding(new Float32Array(bytes, at), new Float32Array(pixels), widthPx);
  return { widthPx, heightPx, levels };
}

/** A kernel that makes a frame of a frame. */
function frameCall(
  { widthPx, heightPx, images }: FrameBatch,
  { kernel, coefficients }: Pick<KernelCall, "kernel" | "coefficients">,
): KernelCall {
  const { threadsX, threadsY, blockX, blockY } = kernel.group;
  return {
    kernel,
    coefficients,
    workgroups: [Math.ceil(widthPx / (threadsX * blockX)), Math.ceil(heightPx / (threadsY * blockY))],
    outPitchBytes: Math.max(...images.map(framePitchBytes)),
  };
}

/** A thread computes the numbers of a block of the noise. */
function noiseCall({ widthPx, heightPx, depth }: FrameBatch): KernelCall {
  const grid = noiseGrid(widthPx, heightPx);
  const kernel: WgslKernel = noiseKernel(depth);
  const { threadsX, threadsY } = kernel.group;
  return {
    kernel,
    coefficients: noiseCoefficients(grid),
    workgroups: [Math.ceil(grid.columns / threadsX), Math.ceil(grid.rows / threadsY)],
    outPitchBytes: grid.columns * grid.rows * NOISE_VALUES.length * Float32Array.BYTES_PER_ELEMENT,
  };
}

export interface WgslFilterOptions {
  /** Which variant of non-local means runs; the same on every batch by default. */
  readonly variants?: VariantChoice;
  /** Most bytes of a batch of more than one frame; 4 MiB by default, and never more than the device binds. */
  readonly batchBytes?: number;
}

/** The filters on an open device, which they own from now on. */
export class WgslFilter implements FrameFilter {
  readonly backend: FilterBackend;
  readonly #device: GpuDevice;
  readonly #variants: VariantChoice;
  readonly #batchBytes: number;
  #passes: Promise<FramePasses> | null = null;
  #opened: FramePasses | null = null;

  constructor(device: GpuDevice, { variants = new FixedVariant(), batchBytes = BATCH_BYTES }: WgslFilterOptions = {}) {
    this.#device = device;
    this.#variants = variants;
    this.#batchBytes = Math.min(batchBytes, device.mostFrameBytes);
    this.backend = backendOf(device.adapter);
  }

  /** How many buffers were ever made on the device. */
  get bufferAllocations(): number {
    return this.#opened?.bufferAllocations ?? 0;
  }

  /** What all kernels took on the device so far, ms; `null` where its clock was not asked for or is missing. */
  get deviceMs(): number | null {
    return this.#opened?.deviceMs ?? null;
  }

  async apply(images: readonly GreyImage[], settings: FilterSettings): Promise<readonly GreyImage[]> {
    if (settings.filter === "none") return images;
    return this.#inBatches(images, async (batch) => {
      if (settings.filter === "gaussian") return this.#blur(batch, settings);
      const denoise = (variant: NlmVariant) => this.#denoise(batch, settings.nlmH, variant);
      return denoise(await this.#variants.choose(batch, this.#device.limits, denoise));
    });
  }

  async noiseBlocks(images: readonly GreyImage[]): Promise<readonly NoiseBlocks[]> {
    return this.#inBatches(images, async (batch) => {
      const call = noiseCall(batch);
      if (call.outPitchBytes === 0) return batch.images.map(() => noiseBlocksFrom(new Float32Array(0)));
      const values = call.outPitchBytes / Float32Array.BYTES_PER_ELEMENT;
      const passes = await this.#openPasses();
      return passes.run(batch, call, (bytes, at) => noiseBlocksFrom(new Float32Array(bytes, at, values)));
    });
  }

  async close(): Promise<void> {
    this.#device.close();
  }

  #blur(batch: FrameBatch, settings: FilterSettings): Promise<readonly GreyImage[]> {
    const shape = { kernelPx: settings.gaussianKernelPx, sigmaPx: settings.gaussianSigmaPx };
    const { depth } = batch;
    return this.#frames(batch, { kernel: gaussianKernel(depth), coefficients: gaussianCoefficients(depth, shape) });
  }

  #denoise(batch: FrameBatch, h: number, variant: NlmVariant): Promise<readonly GreyImage[]> {
    const { depth } = batch;
    return this.#frames(batch, { kernel: nlmKernel(depth, variant), coefficients: nlmCoefficients(depth, h) });
  }

  async #frames(batch: FrameBatch, work: Pick<KernelCall, "kernel" | "coefficients">): Promise<readonly GreyImage[]> {
    const passes = await this.#openPasses();
    return passes.run(batch, frameCall(batch, work), (bytes, at) => filteredImage(batch, bytes, at));
  }

  /** Batches overlap: while one is computed, the next is uploaded and the one before it read back. */
  async #inBatches<Result>(
    images: readonly GreyImage[],
    work: (batch: FrameBatch) => Promise<readonly Result[]>,
  ): Promise<Result[]> {
    for (const image of images) this.#device.checkFrameSize(framePitchBytes(image));
    const { maxComputeWorkgroupsPerDimension: mostFrames } = this.#device.limits;
    const batches = batchesOf(images, { mostBytes: this.#batchBytes, mostFrames });
    return inOrder(batches, await Promise.all(batches.map(work)));
  }

  #openPasses(): Promise<FramePasses> {
    this.#passes ??= FramePasses.open(this.#device).then((passes) => {
      this.#opened = passes;
      return passes;
    });
    return this.#passes;
  }
}
