/**
 * The pixel size that a TIFF states, in the ways of the programs that write TIFFs at microscopes.
 *
 * @module
 */
import { FrameRejectedError } from "../base/frame.js";
import type { PixelSizeNm } from "../base/units.js";
import { isSquare, pixelSizeFromResolution, pixelSizeInUnit } from "./pixel-size.js";
import { parseDecimal } from "./stated.js";
import { readNumber, readText, type TiffDirectory, type TiffFile } from "./tiff-directory.js";
import { readVendorPixelSize } from "./tiff-vendors.js";

const TAG = {
  description: 270,
  xResolution: 282,
  yResolution: 283,
  resolutionUnit: 296,
} as const;

/** Metres in a unit of ResolutionUnit. */
const METRES_PER_UNIT: Readonly<Record<number, number>> = { 2: 0.0254, 3: 0.01 };

/** Units of ImageJ that say no more than the resolution does; any other that is no length is that of something else, as `1/nm`. */
const OF_PAPER: readonly string[] = ["", "pixel", "pixels", "inch", "null"];

/** nm/px, from the most explicit statement to the least, or `null`; a statement that cannot be read is none. */
export async function readPixelSize(file: TiffFile, directory: TiffDirectory): Promise<PixelSizeNm | null> {
  try {
    return await readStatements(file, directory);
  } catch (error) {
    if (error instanceof FrameRejectedError) return null;
    throw error;
  }
}

async function readStatements(file: TiffFile, directory: TiffDirectory): Promise<PixelSizeNm | null> {
  const description = await readText(file, directory, TAG.description);
  const ome = fromOme(description);
  if (ome !== null) return ome;
  const vendor = await readVendorPixelSize(file, directory);
  return vendor === undefined ? fromResolution(file, directory, description) : vendor;
}

/** OME-XML: `<Pixels PhysicalSizeX="1.5" PhysicalSizeXUnit="nm">`; the unit's default is the micrometre. */
function fromOme(description: string): PixelSizeNm | null {
  if (!description.includes("<OME")) return null;
  const size = /\bPhysicalSizeX="([^"]+)"/.exec(description)?.[1];
  const unit = /\bPhysicalSizeXUnit="([^"]+)"/.exec(description)?.[1] ?? "um";
  return size === undefined ? null : pixelSizeInUnit(parseDecimal(size), unit);
}

/** XResolution, pixels per unit: ImageJ's own unit where its description names one, else inch or centimetre. */
async function fromResolution(
  file: TiffFile,
  directory: TiffDirectory,
  description: string,
): Promise<PixelSizeNm | null> {
  const perUnit = await readNumber(file, directory, TAG.xResolution, Number.NaN);
  const perUnitY = await readNumber(file, directory, TAG.yResolution, perUnit);
  if (!isSquare(perUnit, perUnitY)) return null;
  const unit = description.startsWith("ImageJ=") ? /^unit=(.+)$/m.exec(description)?.[1]?.trim() : undefined;
  if (unit !== undefined && !OF_PAPER.includes(unit.toLowerCase())) return pixelSizeInUnit(1 / perUnit, unit);
  const metresPerUnit = METRES_PER_UNIT[await readNumber(file, directory, TAG.resolutionUnit, 2)];
  return metresPerUnit === undefined ? null : pixelSizeFromResolution(perUnit / metresPerUnit);
}
