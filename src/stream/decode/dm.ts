/**
 * DigitalMicrograph (Gatan): DM3 and DM4, images and stacks of every real type.
 *
 * @module
 */
import type { Frame } from "../base/frame.js";
import { LIMITS } from "../base/limits.js";
import type { PixelSizeNm, UnixMs } from "../base/units.js";
import {
  type DmArray,
  type DmTree,
  type DmValue,
  dmHeaderBytes,
  dmNumber,
  dmText,
  dmValue,
  isDmArray,
  isDmGroup,
  readDmTree,
} from "./dm-tags.js";
import {
  type ByteSource,
  type CompleteImage,
  type ImageFormat,
  inspectionOf,
  type Match,
  type OpenImage,
} from "./format.js";
import { isSquare, pixelSizeInUnit } from "./pixel-size.js";
import {
  checkDimensions,
  checkSampleBytes,
  corrupt,
  incomplete,
  noSuchPage,
  tooLarge,
  unsupported,
} from "./refusals.js";
import { readSamples, runBytes, SAMPLE_BYTES, type SampleKind } from "./samples.js";
import { exposureFrom, fromFileTime, parseDecimal, parseLocalTime } from "./stated.js";

export const dm: ImageFormat = {
  name: "DM3, DM4 (DigitalMicrograph; 8 to 64 bit, float; stacks)",
  matches: matchDm,
  inspect: (source) => inspectionOf(() => inspectDm(source)),
  open: openDm,
};

/** Version 3 or 4, and a byte order of 0 or 1 where the header has it: big-endian numbers all. */
function matchDm(head: Uint8Array): Match {
  const version = head[3] ?? 3;
  const isVersion = [0, 0, 0].every((byte, i) => (head[i] ?? 0) === byte) && (version === 3 || version === 4);
  if (!isVersion) return "no";
  const orderAt = dmHeaderBytes(version) - 4;
  const isOrder = [0, 0, 0].every((byte, i) => (head[orderAt + i] ?? 0) === byte) && (head[orderAt + 3] ?? 0) <= 1;
  if (!isOrder) return "no";
  return head.length < orderAt + 4 ? "begun" : "yes";
}

/** DataType of an image (DigitalMicrograph's own numbers). */
const KINDS: Readonly<Record<number, SampleKind>> = {
  1: "i16",
  2: "f32",
  6: "u8",
  7: "i32",
  9: "i8",
  10: "u16",
  11: "u32",
  12: "f64",
  14: "bool",
  39: "i64",
  40: "u64",
};
const REFUSED: Readonly<Record<number, string>> = {
  3: "complex",
  5: "packed complex",
  8: "RGB",
  13: "complex",
  23: "RGB",
  27: "packed complex",
  28: "packed complex",
};

/** The image of a file. */
interface DmImage {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pages: number;
  readonly kind: SampleKind;
  readonly littleEndian: boolean;
  readonly offset: number;
  readonly pixelSizeNm: PixelSizeNm | null;
  readonly acquiredAtMs: UnixMs | null;
  readonly exposureMs: number | null;
}

/** A file is complete when its tag tree is: its last tags come after the image. */
async function inspectDm(source: ByteSource): Promise<CompleteImage> {
  const { pages } = imageFrom(await readDmTree(source), source.sizeBytes);
  return { state: "complete", pages, doubt: null };
}

async function openDm(source: ByteSource): Promise<OpenImage> {
  const image = imageFrom(await readDmTree(source), source.sizeBytes);
  const { widthPx, heightPx, pages, kind, littleEndian, pixelSizeNm, acquiredAtMs, exposureMs } = image;
  const count = widthPx * heightPx;
  return {
    decode: async (page): Promise<Frame> => {
      if (page < 0 || page >= pages) throw noSuchPage(page, pages);
      const offset = image.offset + page * runBytes({ kind, count });
      const pixels = await readSamples(source, { kind, littleEndian, offset, count });
      return { widthPx, heightPx, pixels, pixelSizeNm, acquiredAtMs, exposureMs };
    },
  };
}

function imageFrom({ root, littleEndian }: DmTree, sizeBytes: number): DmImage {
  const entry = pictureEntry(root);
  const data = dmValue(entry, "ImageData");
  const kind = kindFrom(dmNumber(data, "DataType"));
  const dimensions = dimensionsFrom(entry);
  const [widthPx = 0, heightPx = 0, ...others] = dimensions;
  checkDimensions(widthPx, heightPx);
  const pages = others.reduce((product, size) => product * size, 1);
  if (!(pages >= 1 && pages <= LIMITS.pagesPerFile))
    throw tooLarge(`a stack of ${pages} images`, `1 to ${LIMITS.pagesPerFile}`);
  checkSampleBytes(runBytes({ kind, count: widthPx * heightPx }));
  const array = dmValue(data, "Data");
  checkArray(array, { kind, samples: widthPx * heightPx * pages, sizeBytes });
  const tags = dmValue(entry, "ImageTags");
  return {
    widthPx,
    heightPx,
    pages,
    kind,
    littleEndian,
    offset: array.offset,
    pixelSizeNm: pixelSizeFrom(data),
    acquiredAtMs: acquisitionTime(tags),
    exposureMs: exposureOf(tags),
  };
}

/**
 * The entry of ImageList that is the picture. DigitalMicrograph lists a thumbnail of it, too, most often first, and names it under
 * Thumbnails.
 */
function pictureEntry(root: DmValue): DmValue {
  const list = dmValue(root, "ImageList");
  const entries = list !== undefined && isDmGroup(list) ? list.entries.map(([, value]) => value) : [];
  const thumbnails = dmValue(root, "Thumbnails");
  const named =
    thumbnails !== undefined && isDmGroup(thumbnails)
      ? thumbnails.entries.map(([, value]) => dmNumber(value, "ImageIndex"))
      : [];
  const images = entries.filter((entry, i) => !named.includes(i) && dmValue(entry, "ImageData") !== undefined);
  // Of several the first that can be read: before it may be a thumbnail that nothing names, beside it a plot or a transform.
  const picture = images.find(isPicture) ?? images[0] ?? entries.at(-1);
  if (picture === undefined)
    throw corrupt("a DigitalMicrograph file without an image", "at least one entry in its ImageList");
  return picture;
}

function isPicture(entry: DmValue): boolean {
  return KINDS[dmNumber(entry, "ImageData", "DataType")] !== undefined && !isSpectrum(entry);
}

function kindFrom(dataType: number): SampleKind {
  const kind = KINDS[dataType];
  if (kind !== undefined) return kind;
  const meaning = REFUSED[dataType];
  throw unsupported(
    `a DigitalMicrograph image of type ${dataType}${meaning === undefined ? "" : ` (${meaning})`}`,
    "real intensities: integers of 1, 2, 4 or 8 bytes, or floats",
  );
}

/** Pixels along x, y and further axes, checked to be those of images. */
function dimensionsFrom(entry: DmValue): readonly number[] {
  const data = dmValue(entry, "ImageData");
  const sizes = sizesOf(data);
  if (isSpectrum(entry)) {
    const units = unitsOf(data).join(", ") || "no unit";
    throw unsupported(`DigitalMicrograph data of ${sizes.join(" x ")} in ${units}`, "images, or a stack of them");
  }
  return sizes;
}

function sizesOf(data: DmValue | undefined): readonly number[] {
  const group = dmValue(data, "Dimensions");
  if (group === undefined || !isDmGroup(group)) return [];
  return group.entries.map(([, value]) => (typeof value === "number" ? value : 0));
}

function unitsOf(data: DmValue | undefined): readonly string[] {
  return sizesOf(data).map((_, i) => dmText(data, "Calibrations", "Dimension", i, "Units").trim());
}

/** Lines, and what its tags or an axis of energy say is spectra; those of light are in nm, as images are. */
function isSpectrum(entry: DmValue): boolean {
  const data = dmValue(entry, "ImageData");
  const [, heightPx = 1, ...others] = sizesOf(data);
  const isLine = heightPx === 1 && others.length === 0;
  const format = dmText(entry, "ImageTags", "Meta Data", "Format").trim();
  return isLine || /^spectrum/i.test(format) || unitsOf(data).some((unit) => /^[kM]?eV$/.test(unit));
}

interface Needed {
  readonly kind: SampleKind;
  readonly samples: number;
  readonly sizeBytes: number;
}

function checkArray(array: DmValue | undefined, { kind, samples, sizeBytes }: Needed): asserts array is DmArray {
  if (!isDmArray(array)) throw corrupt("a DigitalMicrograph image without data", "an array of samples");
  const bytes = runBytes(array);
  const needed = SAMPLE_BYTES[kind] * samples;
  if (bytes < needed) throw corrupt(`${bytes} bytes of image data`, `${needed} bytes as its dimensions say`);
  if (array.offset + needed > sizeBytes)
    throw incomplete(`a file of ${sizeBytes} bytes that ends within its image data`);
}

function pixelSizeFrom(data: DmValue | undefined): PixelSizeNm | null {
  const [x, y] = [0, 1].map((axis) => {
    const dimension = dmValue(data, "Calibrations", "Dimension", axis);
    return { scale: Math.abs(dmNumber(dimension, "Scale")), unit: dmText(dimension, "Units") };
  });
  if (x === undefined || y === undefined || x.unit !== y.unit || !isSquare(x.scale, y.scale)) return null;
  return pixelSizeInUnit(x.scale, x.unit);
}

/** The operating system's own clock where it is kept, else the texts of the data bar, which the language of the machine writes. */
function acquisitionTime(tags: DmValue | undefined): UnixMs | null {
  const bar = dmValue(tags, "DataBar");
  return (
    fromFileTime(dmNumber(bar, "Acquisition Time (OS)")) ??
    parseLocalTime(dmText(bar, "Acquisition Date"), dmText(bar, "Acquisition Time"))
  );
}

function exposureOf(tags: DmValue | undefined): number | null {
  const places: readonly (readonly string[])[] = [
    ["Acquisition", "Parameters", "High Level", "Exposure (s)"],
    ["Acquisition", "Parameters", "Detector", "exposure (s)"],
    ["DataBar", "Exposure Time (s)"],
    ["DataBar", "Exposure Time"],
  ];
  for (const place of places) {
    const seconds = dmNumber(tags, ...place);
    const found = exposureFrom((Number.isNaN(seconds) ? parseDecimal(dmText(tags, ...place)) : seconds) * 1e3);
    if (found !== null) return found;
  }
  return null;
}
