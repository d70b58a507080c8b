/**
 * The buffers of a device: two sets of one for each purpose, grown when a batch needs it and kept, so that no frame allocates. While one
 * set is computed with, the other is filled or read.
 *
 * @module
 */
import { BUFFER_USAGE, MAP_READ, MAP_WRITE, STAGE_COMPUTE } from "./flags.js";

const { mapRead, mapWrite, copySource, copyTarget, uniform, storage, queryResolve } = BUFFER_USAGE;

/** Each purpose and its usage; the bindings are those of kernels/frame.wgsl. */
const PURPOSES = {
  upload: { usage: mapWrite | copySource, binding: null, type: null },
  frame: { usage: uniform | copyTarget, binding: 0, type: "uniform" },
  levelsIn: { usage: storage | copyTarget, binding: 1, type: "read-only-storage" },
  coefficients: { usage: storage | copyTarget, binding: 2, type: "read-only-storage" },
  levelsOut: { usage: storage | copySource, binding: 3, type: "storage" },
  readback: { usage: mapRead | copyTarget, binding: null, type: null },
} as const;

type BufferPurpose = keyof typeof PURPOSES;

const PURPOSE_NAMES = Object.keys(PURPOSES) as readonly BufferPurpose[];

/** The bindings that all kernels share. */
export function createKernelLayout(device: GPUDevice): GPUBindGroupLayout {
  const entries = Object.values(PURPOSES).flatMap(({ binding, type }) =>
    binding === null ? [] : [{ binding, visibility: STAGE_COMPUTE, buffer: { type } }],
  );
  return device.createBindGroupLayout({ label: "kernel bindings", entries });
}

/** What a batch hands to the device; frames lie `pitchBytes` apart, whole words. */
export interface BatchInput {
  readonly params: Uint32Array;
  readonly coefficients: Uint32Array | Float32Array;
  readonly frames: readonly (Uint8Array | Float32Array)[];
  readonly pitchBytes: number;
}

function bytesOf(array: Uint8Array | Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Two timestamps of 64 bits, nanoseconds, behind a result. */
const TIMES_BYTES = 16;

/** The clock of a device that was opened with one. */
interface Clock {
  readonly querySet: GPUQuerySet;
  readonly resolved: GPUBuffer;
}

function clockOf(device: GPUDevice): Clock | null {
  if (!device.features.has("timestamp-query")) return null;
  return {
    querySet: device.createQuerySet({ type: "timestamp", count: 2 }),
    resolved: device.createBuffer({ label: "times", size: TIMES_BYTES, usage: queryResolve | copySource }),
  };
}

/** The largest size that a purpose was ever needed in, bytes. */
type LargestBytes = Map<BufferPurpose, number>;

/** One set of grow-only buffers, with the bind group over them. One batch at a time. */
export class BatchBuffers {
  readonly #device: GPUDevice;
  readonly #layout: GPUBindGroupLayout;
  /** Shared by the sets, so that which of them takes a batch makes no difference once both were used. */
  readonly #largestBytes: LargestBytes;
  readonly #buffers = new Map<BufferPurpose, GPUBuffer>();
  readonly #clock: Clock | null;
  #bindGroup: GPUBindGroup | null = null;
  #allocations = 0;
  #deviceMs = 0;

  constructor(device: GPUDevice, layout: GPUBindGroupLayout, largestBytes: LargestBytes) {
    this.#device = device;
    this.#layout = layout;
    this.#largestBytes = largestBytes;
    this.#clock = clockOf(device);
  }

  /** How many buffers were ever made: constant once the largest batch has been seen. */
  get allocations(): number {
    return this.#allocations;
  }

  /** What passes took so far, ms; `null` without a clock. */
  get deviceMs(): number | null {
    return this.#clock === null ? null : this.#deviceMs;
  }

  /** For the description of the pass that is to be timed. */
  get timing(): Pick<GPUComputePassDescriptor, "timestampWrites"> {
    if (this.#clock === null) return {};
    const { querySet } = this.#clock;
    return { timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } };
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

  /** Makes room and records the way of a batch to the device. The upload buffer is then in use until {@link read} has ended. */
  recordUpload(encoder: GPUCommandEncoder, { params, coefficients, frames, pitchBytes }: BatchInput, outBytes: number) {
    const framesBytes = frames.length * pitchBytes;
    const sizes = [
      ["frame", params.byteLength],
      ["coefficients", coefficients.byteLength],
      ["levelsIn", framesBytes],
    ] as const;
    const uploadBytes = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
    for (const [purpose, bytes] of sizes) this.#grow(purpose, bytes);
    this.#grow("levelsOut", outBytes);
    this.#grow("readback", outBytes + TIMES_BYTES);
    this.#grow("upload", uploadBytes);

    const upload = this.#get("upload");
    const mapped = new Uint8Array(upload.getMappedRange(0, uploadBytes));
    mapped.set(bytesOf(params), 0);
    mapped.set(bytesOf(coefficients), params.byteLength);
    const framesAt = params.byteLength + coefficients.byteLength;
    for (const [i, frame] of frames.entries()) mapped.set(bytesOf(frame), framesAt + i * pitchBytes);
    upload.unmap();
    let from = 0;
    for (const [purpose, bytes] of sizes) {
      encoder.copyBufferToBuffer(upload, from, this.#get(purpose), 0, bytes);
      from += bytes;
    }
  }

  /** Records the copy of a result into the buffer that {@link read} maps. */
  recordReadback(encoder: GPUCommandEncoder, bytes: number): void {
    encoder.copyBufferToBuffer(this.#get("levelsOut"), 0, this.#get("readback"), 0, bytes);
    if (this.#clock === null) return;
    const { querySet, resolved } = this.#clock;
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, this.#get("readback"), bytes, TIMES_BYTES);
  }

  /** Waits for the recorded readback and hands its bytes to `use`, which must not keep them. The next batch may then come. */
  async read<Result>(bytes: number, use: (bytes: ArrayBuffer) => Result): Promise<Result> {
    const readback = this.#get("readback");
    const uploaded = this.#get("upload").mapAsync(MAP_WRITE);
    const mappedBytes = bytes + (this.#clock === null ? 0 : TIMES_BYTES);
    await Promise.all([readback.mapAsync(MAP_READ, 0, mappedBytes), uploaded]);
    try {
      const mapped = readback.getMappedRange(0, mappedBytes);
      if (this.#clock !== null) this.#deviceMs += elapsedMs(new DataView(mapped, bytes));
      return use(mapped);
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
    const size = Math.max(Math.ceil(bytes / 4) * 4, this.#largestBytes.get(purpose) ?? 0);
    this.#largestBytes.set(purpose, size);
    const current = this.#buffers.get(purpose);
    if (current !== undefined && current.size >= size) return;
    current?.destroy();
    this.#bindGroup = null;
    this.#allocations += 1;
    const { usage } = PURPOSES[purpose];
    const mappedAtCreation = purpose === "upload";
    this.#buffers.set(purpose, this.#device.createBuffer({ label: purpose, size, usage, mappedAtCreation }));
  }
}

function elapsedMs(times: DataView): number {
  return Number(times.getBigUint64(8, true) - times.getBigUint64(0, true)) / 1e6;
}

/** Two sets: more would not be used, since a device computes one batch at a time. */
const SETS = 2;

/** Lends sets of buffers, first come, first served; the second is made when it is first needed. */
export class BufferPool {
  readonly #make: () => BatchBuffers;
  readonly #made: BatchBuffers[] = [];
  readonly #free: BatchBuffers[] = [];
  readonly #waiting: ((buffers: BatchBuffers) => void)[] = [];

  constructor(device: GPUDevice, layout: GPUBindGroupLayout) {
    const largestBytes: LargestBytes = new Map();
    this.#make = () => new BatchBuffers(device, layout, largestBytes);
  }

  get allocations(): number {
    return this.#made.reduce((sum, { allocations }) => sum + allocations, 0);
  }

  get deviceMs(): number | null {
    const times = this.#made.flatMap(({ deviceMs }) => deviceMs ?? []);
    return times.length === 0 ? null : times.reduce((sum, ms) => sum + ms, 0);
  }

  async lend<Result>(use: (buffers: BatchBuffers) => Promise<Result>): Promise<Result> {
    const buffers = await this.#take();
    try {
      return await use(buffers);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(buffers);
      else next(buffers);
    }
  }

  #take(): BatchBuffers | Promise<BatchBuffers> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#made.length === SETS) return new Promise((resolve) => this.#waiting.push(resolve));
    const made = this.#make();
    this.#made.push(made);
    return made;
  }
}
