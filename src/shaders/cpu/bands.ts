/**
 * A frame as bands of rows that several threads take one after the other, so that none waits for a slower one.
 *
 * @module
 */
import type { BandCall, WasmKernels } from "./wasm-kernels.js";

/** Rows of a band: a tile of the kernels, which work on the rows above and below it too. */
export const BAND_ROWS = 64;

/** A frame that threads filter together. Its arrays lie in memory that they share. */
export interface BandJob {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly source: Uint8Array;
  readonly target: Uint8Array;
  /** One number: the next band that nobody has taken. */
  readonly nextBand: Int32Array;
  readonly call: BandCall;
}

/** Takes and filters bands until none is left. */
export function filterBands(kernels: WasmKernels, job: BandJob): void {
  const { widthPx, heightPx, source, target, nextBand, call } = job;
  const rowBytes = source.length / heightPx;
  const filterRows = kernels.begin({ widthPx, heightPx, bytes: source }, call);
  for (;;) {
    const firstRow = BAND_ROWS * Atomics.add(nextBand, 0, 1);
    if (firstRow >= heightPx) return;
    target.set(filterRows(firstRow, Math.min(firstRow + BAND_ROWS, heightPx)), firstRow * rowBytes);
  }
}
