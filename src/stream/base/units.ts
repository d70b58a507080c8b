/**
 * Branded numbers: a number with its unit in its type, so that a pixel can never be passed for a nanometre.
 *
 * @module
 */

declare const unit: unique symbol;

/** `Value` that carries the unit or space `Name` in its type only; at run time it is the bare value. */
export type Branded<Value, Name extends string> = Value & { readonly [unit]: Name };

/** Edge length of one (square) pixel in the specimen plane, nm/px, > 0 and finite. */
export type PixelSizeNm = Branded<number, "nm/px">;

/** Position of a frame in the order of intake: 1, 2, 3, ... without gaps, unique within a session. */
export type FrameSeq = Branded<number, "seq">;

/** Wall clock, ms since 1970-01-01 UTC. For people and records; it may jump. */
export type UnixMs = Branded<number, "unix ms">;

/** Monotonic clock of this process, ms since an arbitrary start. For durations and timeouts; it never jumps. */
export type MonotonicMs = Branded<number, "monotonic ms">;

/** The unit lengths are given in: nm when the pixel size is known, else px. Areas are in its square. */
export type LengthUnit = "nm" | "px";

/** Largest and smallest pixel size that an electron microscope can mean, nm/px; outside, the file's unit was misread. */
export const PIXEL_SIZE_NM_RANGE = { min: 1e-4, max: 1e5 } as const;

/** The pixel size as a branded number, or `null` when `value` cannot be one (not finite, outside {@link PIXEL_SIZE_NM_RANGE}). */
export function pixelSizeNmFrom(value: number | null | undefined): PixelSizeNm | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  if (value < PIXEL_SIZE_NM_RANGE.min || value > PIXEL_SIZE_NM_RANGE.max) return null;
  return value as PixelSizeNm;
}
