/**
 * A GPU kernel as data: what is compiled once, apart from what changes with every frame.
 *
 * @module
 */

/** How levels are stored: bytes (8-bit frames, integer arithmetic) or float32 (all others). */
export type LevelDepth = "u8" | "f32";

/** How a frame is cut: `threadsX * threadsY` threads a workgroup, each computing `blockX * blockY` pixels. */
export interface GroupShape {
  readonly threadsX: number;
  readonly threadsY: number;
  /** Also written out in the WGSL, where a thread's pixels are vectors. Always 4: a thread writes whole words. */
  readonly blockX: 4;
  readonly blockY: number;
}

/** A WGSL file, or text made for the kernel. */
export type WgslSource = URL | string;

/** One compute pipeline. Its entry point is `main`; all kernels share the bindings of gpu/kernel-pipeline.ts. */
export interface WgslKernel {
  /** Key and label of the pipeline. */
  readonly name: string;
  /** Joined in order. */
  readonly sources: readonly WgslSource[];
  /** Reaches the WGSL as the override constants THREADS_X and THREADS_Y. */
  readonly group: GroupShape;
}
