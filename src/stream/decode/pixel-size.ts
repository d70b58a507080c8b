/**
 * Pixel sizes in image files: which stated resolutions mean the specimen, and units as people write them.
 *
 * @module
 */
import { type PixelSizeNm, pixelSizeNmFrom } from "../base/units.js";

/**
 * Coarsest pixel, nm, that a plain resolution tag is believed to mean on the specimen: 5080 dpi. Printers, scanners and screens
 * (72 to 4800 dpi) lie above it, so that "72 dpi" is not taken for pixels of 0.35 mm.
 */
const COARSEST_BELIEVED_NM = 5_000;

/** Pixel size from a bare resolution, pixels per metre, or `null` where it describes paper. */
export function pixelSizeFromResolution(pixelsPerMetre: number): PixelSizeNm | null {
  const nm = 1e9 / pixelsPerMetre;
  return nm <= COARSEST_BELIEVED_NM ? pixelSizeNmFrom(nm) : null;
}

/** Pixels whose edges differ by more are not square, and have no one size. */
const SQUARE_TOLERANCE = 0.01;

/** Whether edges `x` and `y` are those of one square pixel. */
export function isSquare(x: number, y: number): boolean {
  return Math.abs(y / x - 1) <= SQUARE_TOLERANCE;
}

const NM_PER_UNIT: Readonly<Record<string, number>> = {
  pm: 1e-3,
  picometer: 1e-3,
  picometre: 1e-3,
  a: 0.1,
  angstrom: 0.1,
  nm: 1,
  nanometer: 1,
  nanometre: 1,
  um: 1e3,
  micron: 1e3,
  micrometer: 1e3,
  micrometre: 1e3,
  mm: 1e6,
  cm: 1e7,
  m: 1e9,
  meter: 1e9,
  metre: 1e9,
};

/**
 * Pixel size `value` in a unit as files spell it: `nm`, `µm`, `micron`, `\u00B5m` escaped as ImageJ does, `&#181;m` as XML does, UTF-8
 * read as Latin-1. `null` for a unit that is no length.
 */
export function pixelSizeInUnit(value: number, unit: string): PixelSizeNm | null {
  const plain = unit
    .trim()
    .replace(/\\u00b5|&#181;|&#xb5;|&#956;|&#x3bc;|Â\u00b5|Î\u00bc|\u00b5|\u03bc/i, "u")
    .replace(/\\u00c5|&#197;|&#xc5;|Ã\u0085|\u00c5|\u212b/i, "a")
    .toLowerCase()
    .replace(/(micron|meter|metre|angstrom)s$/, "$1");
  const nmPerUnit = NM_PER_UNIT[plain];
  return nmPerUnit === undefined ? null : pixelSizeNmFrom(value * nmPerUnit);
}
