/**
 * What a threshold asks of every pixel of a frame, in WebAssembly SIMD: counts of levels, and the runs on one side of a level.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";
import { bytesOf, type KernelExports, openKernelModule, reserveMemory } from "./kernel-module.js";

/** Levels of a histogram. */
const LEVELS = 256;

/** Bytes behind a frame that are read and not used. */
const SLACK_BYTES = 256;

/** A frame of bytes. */
export interface ByteImage extends GreyImage {
  readonly levels: Uint8Array;
}

/** Where a frame is cut: foreground is what lies at or above `zero`, or, where not `isBright`, what lies below it. */
export interface LevelCut {
  /** A grey level, any number. */
  readonly zero: number;
  readonly isBright: boolean;
}

/** Two scales of a frame that is shrunk by a whole factor, as radii of three mean filters. */
export interface Band {
  /** 1..8. */
  readonly factor: number;
  readonly fineRadiusPx: number;
  readonly coarseRadiusPx: number;
}

/** Planes that the skewness of a band is computed in. */
const BAND_PLANES = 4;

/** Maximal pieces of rows of one side of the cut, in scan order: level 1 is foreground, 0 is not. */
export interface LevelRuns {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly starts: Int32Array;
  /** One past the last column of each. */
  readonly ends: Int32Array;
  readonly levels: Uint8Array;
  /** Run `r` lies on row `y` where `firstOfRow[y] <= r < firstOfRow[y + 1]`. */
  readonly firstOfRow: Int32Array;
}

/** The kernels and their memory, which grows to the largest frame and stays. All calls are synchronous. */
export class LevelKernels {
  readonly #exports: KernelExports;

  private constructor(exports: KernelExports) {
    this.#exports = exports;
  }

  /** Loads the module, or raises WasmUnavailableError. */
  static async load(): Promise<LevelKernels> {
    return new LevelKernels(await openKernelModule());
  }

  /** Counts of the levels 0..255. */
  histogram(levels: Uint8Array): Uint32Array {
    const source = this.#exports.SCRATCH_BYTES.value;
    const memory = reserveMemory(this.#exports, source + levels.length);
    memory.set(levels, source);
    this.#exports.histogramU8(source, levels.length);
    return new Uint32Array(memory.buffer, this.#exports.LEVEL_COUNTS.value, LEVELS).slice();
  }

  /** Skewness of what lies between two blurs of a shrunk frame of bytes; 0 where that is flat. */
  bandSkewness({ widthPx, heightPx, levels }: ByteImage, { factor, fineRadiusPx, coarseRadiusPx }: Band): number {
    const { SCRATCH_BYTES, bandSkewnessU8, shrunkPlaneBytes } = this.#exports;
    const source = SCRATCH_BYTES.value;
    const planes = source + Math.ceil((levels.length + SLACK_BYTES) / 16) * 16;
    const bytes = BAND_PLANES * shrunkPlaneBytes(widthPx, heightPx, factor);
    reserveMemory(this.#exports, planes + bytes).set(levels, source);
    return bandSkewnessU8(source, widthPx, heightPx, factor, fineRadiusPx, coarseRadiusPx, planes);
  }

  /** The runs of an image of at least 1 x 1 px. */
  runs({ widthPx, heightPx, levels }: GreyImage, cut: LevelCut): LevelRuns {
    const source = this.#exports.SCRATCH_BYTES.value;
    const behind = source + Math.ceil((levels.byteLength + SLACK_BYTES) / 16) * 16;
    reserveMemory(this.#exports, behind).set(bytesOf(levels), source);
    const isBytes = levels instanceof Uint8Array;
    const { threshold, isBright } = isBytes ? byteCut(cut) : floatCut(cut);
    const { countRunsU8, countRunsF32, runsU8, runsF32 } = this.#exports;
    const count = (isBytes ? countRunsU8 : countRunsF32)(source, widthPx, heightPx, threshold);
    const ends = behind + 4 * count;
    const firstOfRow = ends + 4 * count;
    const sides = firstOfRow + 4 * (heightPx + 1);
    const { buffer } = reserveMemory(this.#exports, sides + count);
    const write = isBytes ? runsU8 : runsF32;
    write(source, widthPx, heightPx, threshold, isBright ? 1 : 0, behind, ends, sides, firstOfRow);
    return {
      widthPx,
      heightPx,
      starts: new Int32Array(buffer, behind, count).slice(),
      ends: new Int32Array(buffer, ends, count).slice(),
      levels: new Uint8Array(buffer, sides, count).slice(),
      firstOfRow: new Int32Array(buffer, firstOfRow, heightPx + 1).slice(),
    };
  }
}

/** The kernel compares with a level there is. */
interface KernelCut {
  readonly threshold: number;
  readonly isBright: boolean;
}

/** The least whole level at or above `zero`. Nothing is above 255: that is, as all is at or above 0, the other side of 0. */
function byteCut({ zero, isBright }: LevelCut): KernelCut {
  const threshold = Math.max(0, Math.ceil(zero));
  return threshold < LEVELS ? { threshold, isBright } : { threshold: 0, isBright: !isBright };
}

/** The least float32 at or above `zero`. */
function floatCut({ zero, isBright }: LevelCut): KernelCut {
  const nearest = Math.fround(zero);
  return { threshold: nearest >= zero ? nearest : floatAfter(nearest), isBright };
}

function floatAfter(value: number): number {
  if (value === 0) return 2 ** -149;
  const float = Float32Array.of(value);
  const bits = new Int32Array(float.buffer);
  bits[0] += value > 0 ? 1 : -1;
  return float[0];
}
