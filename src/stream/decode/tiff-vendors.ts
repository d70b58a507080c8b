/**
 * The pixel size in TIFF tags of one maker: Gatan, FEI, Carl Zeiss, TVIPS, Olympus SIS, JEOL.
 *
 * @module
 */
import type { PixelSizeNm } from "../base/units.js";
import { readExactly, viewOf } from "./byte-source.js";
import { isSquare, pixelSizeInUnit } from "./pixel-size.js";
import { parseDecimal } from "./stated.js";
import { readNumber, readPaddedText, readText, type TiffDirectory, type TiffFile } from "./tiff-directory.js";

const TAG = {
  width: 256,
  description: 270,
  make: 271,
  xResolution: 282,
  yResolution: 283,
  resolutionUnit: 296,
  /** Olympus Soft Imaging Solutions: a structure that begins with SIS0. */
  sis: 33560,
  /** Carl Zeiss SEM: numbers without a name, then lines of `Image Pixel Size = 1.117 nm`. */
  zeiss: 34118,
  /** FEI and Thermo Fisher: an INI text with `PixelWidth=1.2e-09`, metres. */
  fei: [34680, 34682],
  /** TVIPS EM-MENU: a structure of fixed places. */
  tvips: 37706,
  /** Gatan DigitalMicrograph: unit and scale of x and y. */
  gatanUnit: 65003,
  gatanScaleX: 65009,
  gatanScaleY: 65010,
} as const;

/**
 * What a maker's tags say. `undefined`: nothing, another statement counts. `null`: that the pixels have no size on the specimen, as those of a
 * diffraction pattern, whatever the resolution for paper says.
 */
export type Stated = PixelSizeNm | null | undefined;
type Statement = (file: TiffFile, directory: TiffDirectory) => Promise<Stated>;

const STATEMENTS: readonly Statement[] = [fromGatan, fromFei, fromZeiss, fromTvips, fromSis, fromJeol];

/** The first maker's statement that there is. Raises FrameRejectedError where it cannot be read. */
export async function readVendorPixelSize(file: TiffFile, directory: TiffDirectory): Promise<Stated> {
  for (const statement of STATEMENTS) {
    const stated = await statement(file, directory);
    if (stated !== undefined) return stated;
  }
  return undefined;
}

/** Whether a directory is a raw picture of Olympus SIS, which lies behind a preview in colours. */
export function isSisPicture({ tags }: TiffDirectory): boolean {
  return tags.has(TAG.sis);
}

async function fromGatan(file: TiffFile, directory: TiffDirectory): Promise<Stated> {
  if (!directory.tags.has(TAG.gatanScaleX)) return undefined;
  const x = await readNumber(file, directory, TAG.gatanScaleX, Number.NaN);
  const y = await readNumber(file, directory, TAG.gatanScaleY, x);
  const unit = await readText(file, directory, TAG.gatanUnit);
  if (unit.trim() === "") return undefined;
  return isSquare(Math.abs(x), Math.abs(y)) ? pixelSizeInUnit(Math.abs(x), unit) : null;
}

async function fromFei(file: TiffFile, directory: TiffDirectory): Promise<Stated> {
  for (const tag of TAG.fei) {
    const text = await readText(file, directory, tag);
    const [x, y = x] = ["PixelWidth", "PixelHeight"].map(
      (key) => new RegExp(`^${key}\\s*=\\s*(\\S+)`, "m").exec(text)?.[1],
    );
    if (x === undefined || y === undefined) continue;
    return isSquare(parseDecimal(x), parseDecimal(y)) ? pixelSizeInUnit(parseDecimal(x), "m") : null;
  }
  return undefined;
}

/** Edges of the picture that the fourth number without a name counts on. */
const ZEISS_WIDTH_PX = 1024;

/**
 * The fourth number before the first name is the pixel size in metres of a picture 1024 px wide, in full precision; the named ones are
 * rounded, and not in every version.
 */
async function fromZeiss(file: TiffFile, directory: TiffDirectory): Promise<Stated> {
  const text = await readText(file, directory, TAG.zeiss);
  if (text === "") return undefined;
  const lines = text.split(/\r\n|\r|\n/);
  const firstName = lines.findIndex((line) => /[A-Z]{2}/.test(line));
  const metres = Number(lines.slice(0, Math.max(0, firstName))[3] ?? Number.NaN);
  const widthPx = await readNumber(file, directory, TAG.width, Number.NaN);
  if (metres > 0) return pixelSizeInUnit((metres * ZEISS_WIDTH_PX) / widthPx, "m");
  const named = ["Image Pixel Size", "Pixel Size"].map((name) =>
    new RegExp(`^${name} = (\\S+) (\\S+)`, "m").exec(text),
  );
  const [, size, unit] = named.find((found) => found !== null) ?? [];
  return size === undefined || unit === undefined ? undefined : pixelSizeInUnit(parseDecimal(size), unit);
}

/** Places in the structure of TVIPS, version 2 (tifffile's TVIPS_HEADER_V1 and V2); the magic number ends it. */
const TVIPS = { version: 0, pixelSizeX: 2968, pixelSizeY: 2972, temMode: 3532, magic: 6308, bytes: 6312 } as const;
const TVIPS_MAGIC = 0xaaaaaaaa;
const TVIPS_DIFFRACTION = 3;

async function fromTvips(file: TiffFile, directory: TiffDirectory): Promise<Stated> {
  const at = structureOffset(await pointerOf(file, directory, TAG.tvips));
  if (at === null) return undefined;
  const head = viewOf(await readExactly(file.source, at, 4, "its TVIPS header"));
  if (head.getInt32(TVIPS.version, file.littleEndian) !== 2) return undefined;
  const view = viewOf(await readExactly(file.source, at, TVIPS.bytes, "its TVIPS header"));
  if (view.getUint32(TVIPS.magic, file.littleEndian) !== TVIPS_MAGIC) return undefined;
  if (view.getInt32(TVIPS.temMode, file.littleEndian) === TVIPS_DIFFRACTION) return null;
  const [x, y] = [TVIPS.pixelSizeX, TVIPS.pixelSizeY].map((place) => view.getFloat32(place, file.littleEndian));
  return x !== undefined && y !== undefined && isSquare(x, y) ? pixelSizeInUnit(x, "nm") : null;
}

/** Places in the structure of SIS and in its general data (tifffile's read_sis); little-endian. */
const SIS = {
  entries: 58,
  firstEntry: 60,
  entryBytes: 8,
  general: 1,
  exponent: 10,
  x: 12,
  y: 20,
  generalBytes: 28,
} as const;

async function fromSis(file: TiffFile, directory: TiffDirectory): Promise<Stated> {
  const at = structureOffset(await pointerOf(file, directory, TAG.sis));
  if (at === null) return undefined;
  const head = await readExactly(file.source, at, SIS.firstEntry, "its SIS header");
  if (Buffer.from(head.subarray(0, 4)).toString("latin1") !== "SIS0") return undefined;
  const count = viewOf(head).getUint16(SIS.entries, true);
  const table = viewOf(await readExactly(file.source, at + SIS.firstEntry, count * SIS.entryBytes, "its SIS header"));
  for (let entry = 0; entry < count * SIS.entryBytes; entry += SIS.entryBytes) {
    if (table.getUint16(entry, true) !== SIS.general) continue;
    const place = table.getUint32(entry + 4, true);
    const general = viewOf(await readExactly(file.source, place, SIS.generalBytes, "its SIS header"));
    const metres = 10 ** general.getInt16(SIS.exponent, true);
    const [x, y] = [general.getFloat64(SIS.x, true), general.getFloat64(SIS.y, true)];
    return isSquare(x, y) ? pixelSizeInUnit(x * metres, "m") : null;
  }
  return undefined;
}

/** Where the structure of a tag lies: the value of a tag that fits into its entry is where, else the tag's own bytes are it. */
async function pointerOf(file: TiffFile, { tags }: TiffDirectory, id: number): Promise<number | undefined> {
  const tag = tags.get(id);
  if (tag === undefined) return undefined;
  const isInEntry = tag.count === 1 && (tag.type === 4 || tag.type === 13 || tag.type === 9);
  if (!isInEntry) return tag.offset;
  return viewOf(await readExactly(file.source, tag.offset, 4, `TIFF tag ${id}`)).getUint32(0, file.littleEndian);
}

function structureOffset(pointer: number | undefined): number | null {
  return pointer === undefined || pointer === 0 ? null : pointer;
}

/**
 * JEOL SightX: an XML text in the description. The resolution is that of the camera, which the magnification divides; other modes than
 * imaging have no size on the specimen.
 */
async function fromJeol(file: TiffFile, directory: TiffDirectory): Promise<Stated> {
  if (!(await readText(file, directory, TAG.make)).startsWith("JEOL")) return undefined;
  const text = await readPaddedText(file, directory, TAG.description);
  const microscope = elementOf(text, "EosMode");
  const imaging = elementOf(text, "ImageFormingSystem") ?? "";
  const [mode, magnification] = [elementOf(imaging, "ModeString"), elementOf(imaging, "SelectorValue")];
  if (microscope === undefined) return undefined;
  if (microscope !== "eosTEM" || mode !== "MAG" || magnification === undefined) return null;
  const x = await readNumber(file, directory, TAG.xResolution, Number.NaN);
  const y = await readNumber(file, directory, TAG.yResolution, x);
  const unit = (await readNumber(file, directory, TAG.resolutionUnit, 2)) === 2 ? 25.4 : 10;
  return isSquare(x, y) ? pixelSizeInUnit(unit / x / parseDecimal(magnification), "mm") : null;
}

/** What is between the tags of the first element of a name. */
function elementOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`).exec(xml)?.[1]?.trim();
}
