/**
 * The least time that non-local means can take on a GPU, calculated from what its kernel does for a pixel.
 *
 * @module
 */

/** Instructions and bytes read from workgroup memory for a pixel, in blocks of 4 x 8 pixels: 441 offsets of 9.75 words. */
const INSTRUCTIONS = 12_000;
const WORKGROUP_BYTES = 441 * 9.75 * 4;

interface Gpu {
  readonly name: RegExp;
  readonly processors: number;
  /** Instructions of one thread, and bytes of workgroup memory, a cycle and processor. */
  readonly lanes: number;
  readonly bytes: number;
  readonly hertz: number;
}

/** From the makers' data sheets, at boost clock. */
const GPUS: readonly Gpu[] = [{ name: /H[12]00/, processors: 132, lanes: 128, bytes: 128, hertz: 1.98e9 }];

/** Milliseconds for `pixels` on the GPU of this name; `null` where it is not known here. */
export function nlmLimitMs(name: string, pixels: number): number | null {
  const gpu = GPUS.find((candidate) => candidate.name.test(name));
  if (gpu === undefined) return null;
  const cycles = Math.max(INSTRUCTIONS / gpu.lanes, WORKGROUP_BYTES / gpu.bytes);
  return (1000 * pixels * cycles) / (gpu.processors * gpu.hertz);
}
