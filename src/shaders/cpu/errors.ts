/**
 * What can go wrong with the filters of the CPU.
 *
 * @module
 */
import { errorText, OstwaldError } from "../../stream/base/errors.js";

/** The WebAssembly module is missing or does not compile here. */
export class WasmUnavailableError extends OstwaldError {
  readonly tag = "WasmUnavailable";
  readonly file: string;

  constructor(file: string, cause: unknown) {
    super({
      received: `no usable WebAssembly module at ${file} (${errorText(cause)})`,
      expected: "the module that the build writes, and a CPU with SIMD (SSE4.1 or NEON)",
      remedy: "Run `npm run build`.",
      cause,
    });
    this.file = file;
  }
}
