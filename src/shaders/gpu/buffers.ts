/**
 * The buffers of a device: one for each purpose, grown when a frame needs it and kept, so that no frame allocates.
 *
 * @module
 */
import { BUFFER_USAGE, MAP_READ, STAGE_COMPUTE } from "./flags.js";

const { mapRead, copySource, copyTarget, uniform, storage } = BUFFER_USAGE;

/** Each purpose and its usage; the bindings are those of kernels/frame.wgsl. */
const PURPOSES = {
  frame: { usage: uniform | copyTarget, binding: 0, type: "uniform" },
  levelsIn: { usage: storage | copyTarget, binding: 1, type: "read-only-storage" },
  coefficients: { usage: storage | copyTarget, binding: 2, type: "read-only-storage" },
  levelsOut: { usage: storage | copySource, binding: 3, type: "storage" },
  readback: { usage: mapRead | copyTarget, binding: null, type: null },
} as const;

export type BufferPurpose = keyof typeof PURPOSES;

const PURPOSE_NAMES = Object.keys(PURPOSES) as readonly BufferPurpose[];

/** The bindings that all kernels share. */
export function createKernelLayout(device: GPUDevice): GPUBindGroupLayout {
  const entries = Object.values(PURPOSES).flatMap(({ binding, type }) =>
    binding === null ? [] : [{ binding, visibility: STAGE_COMPUTE, buffer: { type } }],
  );
  return device.createBindGroupLayout({ label: "kernel bindings", entries });
}

/** How many bytes a frame needs for each purpose. */
export type BufferSizes = Readonly<Record<BufferPurpose, number>>;

/** Grow-only buffers of one device, with the bind group over them. */
export class FrameBuffers {
  readonly #device: GPUDevice;
  readonly #layout: GPUBindGroupLayout;
  readonly #buffers = new Map<BufferPurpose, GPUBuffer>();
  #bindGroup: GPUBindGroup | null = null;
  #allocations = 0;

  constructor(device: GPUDevice, layout: GPUBindGroupLayout) {
    this.#device = device;
    this.#layout = layout;
  }

  /** How many buffers were ever made: constant once the largest frame has been seen. */
  get allocations(): number {
    return this.#allocations;
  }

  /** Makes room. Only between tasks: buffers that are too small are destroyed. */
  reserve(sizes: BufferSizes): void {
    for (const purpose of PURPOSE_NAMES) this.#grow(purpose, sizes[purpose]);
  }

  get bindGroup(): GPUBindGroup {
    this.#bindGroup ??= this.#device.createBindGroup({
      label: "kernel buffers",
      layout: this.#layout,
      entries: PURPOSE_NAMES.flatMap((purpose) => {
        const { binding } = PURPOSES[purpose];
        return binding === null ? [] : [{ binding, resource: { buffer: this.#get(purpose) } }];
      }),
    });
    return this.#bindGroup;
  }

  /** Copies an array to the start of a buffer, of whatever length in bytes. */
  write(purpose: BufferPurpose, array: Uint8Array | Uint32Array | Float32Array): void {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const wholeWords = bytes.length - (bytes.length % 4);
    const { queue } = this.#device;
    if (wholeWords > 0) queue.writeBuffer(this.#get(purpose), 0, bytes, 0, wholeWords);
    // WebGPU copies whole words only: the last bytes travel in one of their own.
    if (wholeWords < bytes.length) {
      const lastWord = new Uint8Array(4);
      lastWord.set(bytes.subarray(wholeWords));
      queue.writeBuffer(this.#get(purpose), wholeWords, lastWord);
    }
  }

  /** Records the copy of a result into the buffer that {@link read} maps. */
  recordReadback(encoder: GPUCommandEncoder, bytes: number): void {
    encoder.copyBufferToBuffer(this.#get("levelsOut"), 0, this.#get("readback"), 0, bytes);
  }

  /** Waits for the recorded readback and hands its bytes to `use`, which must not keep them. */
  async read<Result>(bytes: number, use: (bytes: ArrayBuffer) => Result): Promise<Result> {
    const readback = this.#get("readback");
    await readback.mapAsync(MAP_READ, 0, bytes);
    try {
      return use(readback.getMappedRange(0, bytes));
    } finally {
      readback.unmap();
    }
  }

  #get(purpose: BufferPurpose): GPUBuffer {
    const buffer = this.#buffers.get(purpose);
    if (buffer === undefined) throw new Error(`buffer "${purpose}" is used before room was made for it`);
    return buffer;
  }

  #grow(purpose: BufferPurpose, bytes: number): void {
    const size = Math.ceil(bytes / 4) * 4;
    const current = this.#buffers.get(purpose);
    if (current !== undefined && current.size >= size) return;
    current?.destroy();
    this.#bindGroup = null;
    this.#allocations += 1;
    this.#buffers.set(purpose, this.#device.createBuffer({ label: purpose, size, usage: PURPOSES[purpose].usage }));
  }
}
