/**
 * What can go wrong with a GPU. A validation error is no exception in WebGPU: left alone, it turns results into zeros.
 *
 * @module
 */
import { OstwaldError } from "../../stream/base/errors.js";

/** Base of all of them. After any of them the device takes no more work: build a new filter. */
export abstract class GpuError extends OstwaldError {}

/** Whether `error` came from a GPU, so that the CPU filters are worth a try. */
export function isGpuError(error: unknown): error is GpuError {
  return error instanceof GpuError;
}

/** No adapter of the wanted kind, or the GPU library does not load on this machine. The CPU filters work everywhere. */
export class GpuUnavailableError extends GpuError {
  readonly tag = "GpuUnavailable";
}

/** The device is gone: unplugged, reset by its driver, or destroyed. */
export class GpuLostError extends GpuError {
  readonly tag = "GpuLost";

  constructor(message: string) {
    super({
      received: `a lost GPU device (${message})`,
      expected: "a device that stays until it is closed",
      remedy: "Open the device again, or filter on the CPU.",
    });
  }
}

/** Why a device refused a task. */
export type GpuRefusal = "validation" | "out-of-memory" | "internal";

/** The device refused a task, named by `task`; its result would have been zeros. */
export class GpuRefusedError extends GpuError {
  readonly tag = "GpuRefused";
  readonly refusal: GpuRefusal;
  readonly task: string;

  constructor(refusal: GpuRefusal, task: string, message: string) {
    super({
      received: `a GPU error of kind ${refusal} in "${task}": ${message.trim()}`,
      expected: "a task that the device accepts",
      remedy:
        refusal === "out-of-memory"
          ? "Send smaller frames, or filter on the CPU."
          : "Filter on the CPU and report this text.",
    });
    this.refusal = refusal;
    this.task = task;
  }
}
