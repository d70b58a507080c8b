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

const TAG = {
  description: 270,
  xResolution: 282,
  yResolution: 283,
  resolutionUnit: 296,
  /** Carl Zeiss SEM: lines of `Pixel Size = 1.117 nm`. */
  zeiss: 34118,
  /** FEI and Thermo Fisher: an INI text with `PixelWidth=1.2e-09`, metres. */
  fei: [34680, 34682],
  /** Gatan DigitalMicrograph: scale and unit of x. */
  gatanUnit: 65003,
  gatanScale: 65009,
} as const;

/** Metres in a unit of ResolutionUnit. */
const METRES_PER_UNIT: Readonly<Record<number, number>> = { 2: 0.0254, 3: 0.01 };

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
  return (
    fromOme(description) ??
    (await fromGatan(file, directory)) ??
    (await fromFei(file, directory)) ??
    fromZeiss(await readText(file, directory, TAG.zeiss)) ??
    (await fromResolution(file, directory, description))
  );
}

/** OME-XML: `<Pixels PhysicalSizeX="1.5" PhysicalSizeXUnit="nm">`; the unit's default is the micrometre. */
function fromOme(description: string): PixelSizeNm | null {
  if (!description.includes("<OME")) return null;
  const size = /\bPhysicalSizeX="([^"]+)"/.exec(description)?.[1];
  const unit = /\bPhysicalSizeXUnit="([^"]+)"/.exec(description)?.[1] ?? "um";
  return size === undefined ? null : pixelSizeInUnit(parseDecimal(size), unit);
}

async function fromGatan(file: TiffFile, directory: TiffDirectory): Promise<PixelSizeNm | null> {
  if (!directory.tags.has(TAG.gatanScale)) return null;
  const scale = await readNumber(file, directory, TAG.gatanScale, Number.NaN);
  return pixelSizeInUnit(scale, await readText(file, directory, TAG.gatanUnit));
}

async function fromFei(file: TiffFile, directory: TiffDirectory): Promise<PixelSizeNm | null> {
  for (const tag of TAG.fei) {
    const metres = /^PixelWidth\s*=\s*(\S+)/m.exec(await readText(file, directory, tag))?.[1];
    if (metres !== undefined) return pixelSizeInUnit(parseDecimal(metres), "m");
  }
  return null;
}

function fromZeiss(text: string): PixelSizeNm | null {
  const [, size, unit] = /^(?:Image )?Pixel Size = (\S+) (\S+)/m.exec(text) ?? [];
  return size === undefined || unit === undefined ? null : pixelSizeInUnit(parseDecimal(size), unit);
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
  const unit = /^unit=(.+)$/m.exec(description)?.[1];
  if (description.startsWith("ImageJ=") && unit !== undefined && pixelSizeInUnit(1, unit) !== null) {
    return pixelSizeInUnit(1 / perUnit, unit);
  }
  const metresPerUnit = METRES_PER_UNIT[await readNumber(file, directory, TAG.resolutionUnit, 2)];
  return metresPerUnit === undefined ? null : pixelSizeFromResolution(perUnit / metresPerUnit);
}
