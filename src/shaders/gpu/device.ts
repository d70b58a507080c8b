/**
 * The life of one GPU device: opened, working, and failed or closed for good.
 *
 * @module
 */
import { errorText } from "../../stream/base/errors.js";
import { FrameRejectedError } from "../../stream/base/frame.js";
import { LIMITS } from "../../stream/base/limits.js";
import type { AdapterDescription, FoundAdapter } from "./adapters.js";
import { type GpuError, GpuLostError, type GpuRefusal, GpuRefusedError, GpuUnavailableError } from "./errors.js";

/**
 * - `ready`: takes tasks.
 * - `failed`: lost, or it refused a task, which is a defect here or in the driver. Every further task raises `error`.
 * - `closed`: released on purpose. Every further task raises {@link GpuLostError}.
 */
export type DeviceState =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly error: GpuError }
  | { readonly kind: "closed" };

/** The scopes around every task; between them they catch all errors that WebGPU has. */
const REFUSALS = ["internal", "out-of-memory", "validation"] as const satisfies readonly GpuRefusal[];

type Outcome<Result> = { readonly ok: true; readonly result: Result } | { readonly ok: false; readonly error: unknown };

/** Parameters and coefficients that travel with frames: 76 kB at most. */
export const UPLOAD_EXTRA_BYTES = 131_072;

/** The largest buffer that a frame needs, bytes; asked for as far as the adapter goes. */
const WANTED_BUFFER_BYTES = LIMITS.framePixels * Float32Array.BYTES_PER_ELEMENT;

/**
 * One device. Error scopes are a stack that overlapping tasks would mix up: tasks that wait in between run one after the other, those
 * that hand over all their work at once overlap.
 */
export class GpuDevice {
  readonly adapter: AdapterDescription;
  readonly #device: GPUDevice;
  /** Rejects when the device fails, so that no task waits for a device that is gone. */
  readonly #failure: Promise<never>;
  #rejectFailure: (error: GpuError) => void = () => undefined;
  #state: DeviceState = { kind: "ready" };
  #lastTask: Promise<unknown> = Promise.resolve();

  private constructor(adapter: AdapterDescription, device: GPUDevice) {
    this.adapter = adapter;
    this.#device = device;
    this.#failure = new Promise((_, reject) => {
      this.#rejectFailure = reject;
    });
    this.#failure.catch(() => undefined);
    device.lost.then(({ reason, message }) => this.#fail(new GpuLostError(`${reason}: ${message}`)));
    device.addEventListener("uncapturederror", ({ error }) => {
      this.#fail(new GpuRefusedError("internal", "outside of any task", error.message));
    });
  }

  /** Opens the device of an adapter, with its clock where `timed` asks for it and the adapter has one, or raises {@link GpuUnavailableError}. */
  static async open(
    { adapter, ...description }: FoundAdapter,
    { timed = false }: { readonly timed?: boolean } = {},
  ): Promise<GpuDevice> {
    const isTimed = timed && adapter.features.has("timestamp-query");
    const requiredLimits = {
      maxBufferSize: Math.min(WANTED_BUFFER_BYTES + UPLOAD_EXTRA_BYTES, adapter.limits.maxBufferSize),
      maxStorageBufferBindingSize: Math.min(WANTED_BUFFER_BYTES, adapter.limits.maxStorageBufferBindingSize),
    };
    try {
      const device = await adapter.requestDevice({
        label: "ostwald filters",
        requiredLimits,
        requiredFeatures: isTimed ? ["timestamp-query"] : [],
      });
      return new GpuDevice(description, device);
    } catch (cause) {
      throw new GpuUnavailableError({
        received: `a GPU adapter that opens no device (${errorText(cause)})`,
        expected: `a device of ${description.description}`,
        remedy: "Close other programs that use the GPU, or filter on the CPU.",
        cause,
      });
    }
  }

  get state(): DeviceState {
    return this.#state;
  }

  /**
   * Runs a task on the device, after all tasks before it.
   *
   * Raises the {@link GpuError} that made the device fail, now or earlier. Errors of `work` itself come through where the
   * device is well.
   */
  run<Result>(task: string, work: (device: GPUDevice) => Promise<Result>): Promise<Result> {
    const result = this.#lastTask.then(() => this.#runNow(task, work));
    this.#lastTask = result.catch(() => undefined);
    return result;
  }

  /**
   * Runs a task that hands all its work to the device before it first waits: its error scopes close as soon as it has, so that such
   * tasks overlap. Raises as {@link run} does.
   */
  async issue<Result>(task: string, work: (device: GPUDevice) => Promise<Result>): Promise<Result> {
    this.#throwUnlessReady();
    for (const refusal of REFUSALS) this.#device.pushErrorScope(refusal);
    const outcome = this.#outcomeOf(work(this.#device));
    await this.#popErrorScopes(task);
    return this.#resultOf(await outcome);
  }

  /** What the device allows a kernel. */
  get limits(): GPUSupportedLimits {
    return this.#device.limits;
  }

  /** The largest batch of frames that fits into the buffers of this device, bytes. */
  get mostFrameBytes(): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    return Math.min(maxBufferSize - UPLOAD_EXTRA_BYTES, maxStorageBufferBindingSize);
  }

  /** Raises {@link FrameRejectedError} where a frame of `bytes` does not fit into a buffer of this device. */
  checkFrameSize(bytes: number): void {
    const limitBytes = this.mostFrameBytes;
    if (bytes <= limitBytes) return;
    throw new FrameRejectedError("too-large", {
      received: `a frame of ${bytes} bytes`,
      expected: `at most ${limitBytes} bytes, the largest buffer that ${this.adapter.description} binds`,
      remedy: "Filter frames of this size on the CPU.",
    });
  }

  /** Releases the device and all that was made with it. Idempotent. */
  close(): void {
    if (this.#state.kind === "closed") return;
    this.#state = { kind: "closed" };
    this.#rejectFailure(new GpuLostError("closed"));
    this.#device.destroy();
  }

  async #runNow<Result>(task: string, work: (device: GPUDevice) => Promise<Result>): Promise<Result> {
    this.#throwUnlessReady();
    for (const refusal of REFUSALS) this.#device.pushErrorScope(refusal);
    const outcome = await this.#outcomeOf(Promise.resolve(this.#device).then(work));
    await this.#popErrorScopes(task);
    return this.#resultOf(outcome);
  }

  /** How work ends, be it by the end of the device. */
  #outcomeOf<Result>(work: Promise<Result>): Promise<Outcome<Result>> {
    return Promise.race([this.#failure, work]).then(
      (result) => ({ ok: true as const, result }),
      (error: unknown) => ({ ok: false as const, error }),
    );
  }

  /** A refusal counts before what came of it. */
  #resultOf<Result>(outcome: Outcome<Result>): Result {
    this.#throwUnlessReady();
    if (outcome.ok) return outcome.result;
    throw outcome.error;
  }

  /** Takes all scopes of a task off at once, then waits for what they caught. */
  async #popErrorScopes(task: string): Promise<void> {
    const caught = REFUSALS.toReversed().map((refusal) => ({
      refusal,
      // A lost device rejects; its loss is the error that counts, and is known by then.
      error: this.#device.popErrorScope().catch(() => null),
    }));
    for (const { refusal, error } of caught) {
      const { message } = (await error) ?? {};
      if (message !== undefined) this.#fail(new GpuRefusedError(refusal, task, message));
    }
  }

  /** The first failure is kept: it is the cause of those that follow. */
  #fail(error: GpuError): void {
    if (this.#state.kind !== "ready") return;
    this.#state = { kind: "failed", error };
    this.#rejectFailure(error);
  }

  #throwUnlessReady(): void {
    if (this.#state.kind === "failed") throw this.#state.error;
    if (this.#state.kind === "closed") throw new GpuLostError("closed");
  }
}
