/**
 * One interface over the filters, whatever computes them.
 *
 * @module
 */
import type { GreyImage } from "../stream/base/frame.js";
import type { NoiseBlocks } from "../stream/base/noise.js";
import type { AnalysisSettings, FilterName } from "../stream/base/settings.js";

/** The filters that are formulas. */
export type FormulaFilter = Exclude<FilterName, "unet">;

/** The part of the settings that a filter reads, with a strength that is decided. */
export interface FilterSettings extends Pick<AnalysisSettings, "gaussianKernelPx" | "gaussianSigmaPx"> {
  readonly filter: FormulaFilter;
  readonly nlmH: number;
}

/** What computes the filters, for health and results. */
export interface FilterBackend {
  readonly kind: "wgsl" | "wasm";
  /** `NVIDIA H200 (Vulkan)`, `WebAssembly SIMD`. */
  readonly description: string;
  /** Whether the adapter is a software one, which is for tests only. */
  readonly isSoftwareAdapter: boolean;
}

/** Denoises frames. 8-bit images come back 8-bit and equal OpenCV's bit for bit; float images come back float. */
export interface FrameFilter {
  readonly backend: FilterBackend;
  /**
   * Filters a batch; images may differ in size and depth, and come back in order. `none` returns its inputs.
   * Raises GpuError when the device is lost or refuses; the filter is then unusable.
   */
  apply(images: readonly GreyImage[], settings: FilterSettings): Promise<readonly GreyImage[]>;
  /** What the noise of each image is estimated from. Raises GpuError as `apply` does. */
  noiseBlocks(images: readonly GreyImage[]): Promise<readonly NoiseBlocks[]>;
  /** Releases device and memory. Idempotent. */
  close(): Promise<void>;
}
