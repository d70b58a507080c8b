/**
 * What a batch of frames is on a device: one upload, one dispatch, one readback.
 *
 * @module
 */
import { type FrameBatch, framePitchBytes, outStridePx } from "./gpu/batches.js";
import { type BatchInput, BufferPool, createKernelLayout } from "./gpu/buffers.js";
import type { GpuDevice } from "./gpu/device.js";
import { createKernelPipeline } from "./gpu/kernel-pipeline.js";
import type { WgslKernel } from "./kernels/kernel.js";

/** A kernel, what it reads beside the frames, and what it makes of each. */
export interface KernelCall {
  readonly kernel: WgslKernel;
  readonly coefficients: Uint32Array | Float32Array;
  /** Workgroups along x and y. */
  readonly workgroups: readonly [number, number];
  /** Result of a frame, bytes, whole words. */
  readonly outPitchBytes: number;
}

/** Pipelines and buffers of one device. */
export class FramePasses {
  readonly #device: GpuDevice;
  readonly #layout: GPUBindGroupLayout;
  readonly #pool: BufferPool;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

  private constructor(device: GpuDevice, raw: GPUDevice) {
    this.#device = device;
    this.#layout = createKernelLayout(raw);
    this.#pool = new BufferPool(raw, this.#layout);
  }

  static open(device: GpuDevice): Promise<FramePasses> {
    return device.run("bindings", async (raw) => new FramePasses(device, raw));
  }

  /** How many buffers were ever made on the device. */
  get bufferAllocations(): number {
    return this.#pool.allocations;
  }

  /** What the kernels took on the device so far, ms; `null` where it has no clock. */
  get deviceMs(): number | null {
    return this.#pool.deviceMs;
  }

  /** Runs a batch; `resultOf` is called for each of its frames with the bytes of its result, which it must not keep. */
  async run<Result>(
    batch: FrameBatch,
    call: KernelCall,
    resultOf: (bytes: ArrayBuffer, at: number) => Result,
  ): Promise<readonly Result[]> {
    const { kernel, outPitchBytes } = call;
    const { widthPx, heightPx, images } = batch;
    const task = `${kernel.name} of ${widthPx} x ${heightPx} px`;
    const pipeline = await this.#pipeline(kernel);
    return this.#pool.lend((buffers) =>
      this.#device.issue(task, (device) => {
        const outBytes = images.length * outPitchBytes;
        const encoder = device.createCommandEncoder({ label: kernel.name });
        buffers.recordUpload(encoder, inputOf(batch, call), outBytes);
        const pass = encoder.beginComputePass({ label: kernel.name, ...buffers.timing });
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, buffers.bindGroup);
        pass.dispatchWorkgroups(...call.workgroups, images.length);
        pass.end();
        buffers.recordReadback(encoder, outBytes);
        device.queue.submit([encoder.finish()]);
        return buffers.read(outBytes, (bytes) => images.map((_, i) => resultOf(bytes, i * outPitchBytes)));
      }),
    );
  }

  #pipeline(kernel: WgslKernel): Promise<GPUComputePipeline> {
    const known = this.#pipelines.get(kernel.name);
    if (known !== undefined) return known;
    const pipeline = this.#device.run(kernel.name, (raw) => createKernelPipeline(raw, this.#layout, kernel));
    this.#pipelines.set(kernel.name, pipeline);
    return pipeline;
  }
}

function inputOf({ widthPx, heightPx, images }: FrameBatch, { coefficients, outPitchBytes }: KernelCall): BatchInput {
  const pitchBytes = Math.max(...images.map(framePitchBytes));
  const params = [
    widthPx,
    heightPx,
    outStridePx(widthPx),
    coefficients.length,
    pitchBytes / 4,
    outPitchBytes / 4,
    0,
    0,
  ];
  return { params: Uint32Array.from(params), coefficients, frames: images.map(({ levels }) => levels), pitchBytes };
}
