/**
 * Where bytes are written to as they arrive, so that they need not be copied from where they came.
 *
 * @module
 */

/** Whoever takes bytes says where the next ones go. */
export interface Landing {
  /** Where the next bytes go: at least one byte of room. */
  readonly space: Uint8Array;
  /** The first `count` bytes of `space` are there. */
  filled(count: number): void;
}

/** Writes bytes that have arrived elsewhere. */
export function pour(bytes: Uint8Array, landing: Landing): void {
  for (let rest = bytes; rest.length > 0; ) {
    const { space } = landing;
    const part = rest.subarray(0, space.length);
    space.set(part);
    landing.filled(part.length);
    rest = rest.subarray(part.length);
  }
}
