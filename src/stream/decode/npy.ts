/**
 * NumPy's .npy: one array, of two dimensions or a stack of such.
 *
 * After "NEP 1 - A Simple File Format for NumPy Arrays", versions 1.0 to 3.0.
 *
 * @module
 */
import type { Frame, PixelData } from "../base/frame.js";
import { LIMITS } from "../base/limits.js";
import { doubtAboutTail, isAllZero, readExactly, viewOf } from "./byte-source.js";
import {
  type ByteSource,
  type CompleteImage,
  type ImageFormat,
  inspectionOf,
  matchMagic,
  type OpenImage,
} from "./format.js";
import { copyGrey } from "./grey.js";
import {
  checkDimensions,
  checkSampleBytes,
  corrupt,
  incomplete,
  noSuchPage,
  tooLarge,
  unsupported,
} from "./refusals.js";
import { readSamples, runBytes, type SampleKind } from "./samples.js";

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);
/** More than a header of numbers ever has; a long one describes records. */
const HEADER_LIMIT = 65_536;
const KINDS: Readonly<Record<string, SampleKind>> = {
  b1: "bool",
  u1: "u8",
  i1: "i8",
  u2: "u16",
  i2: "i16",
  u4: "u32",
  i4: "i32",
  u8: "u64",
  i8: "i64",
  f2: "f16",
  f4: "f32",
  f8: "f64",
};

export const npy: ImageFormat = {
  name: "NPY (NumPy; 8 to 64 bit, float; stacks)",
  matches: (head) => matchMagic(head, MAGIC),
  inspect: (source) => inspectionOf(() => inspectNpy(source)),
  open: openNpy,
};

interface NpyArray {
  readonly kind: SampleKind;
  readonly littleEndian: boolean;
  /** Columns first (Fortran): the axes lie in the file in the opposite order. */
  readonly columnsFirst: boolean;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pages: number;
  /** Lengths of the axes before rows and columns, whose product is `pages`. */
  readonly pageSizes: readonly number[];
  /** Samples a pixel: 3 and 4 are colours, which may be grey. */
  readonly channels: number;
  readonly offset: number;
}

async function inspectNpy(source: ByteSource): Promise<CompleteImage> {
  const array = await readArray(source);
  const bytes = runBytes({ kind: array.kind, count: array.widthPx * array.heightPx * array.channels }) * array.pages;
  if (array.offset + bytes > source.sizeBytes) {
    throw incomplete(`a file of ${source.sizeBytes} bytes whose array ends at byte ${array.offset + bytes}`);
  }
  return { state: "complete", pages: array.pages, doubt: await doubtAboutTail(source, array.offset, bytes) };
}

async function openNpy(source: ByteSource): Promise<OpenImage> {
  const array = await readArray(source);
  const { widthPx, heightPx, pages, channels } = array;
  return {
    decode: async (page): Promise<Frame> => {
      if (page < 0 || page >= pages) throw noSuchPage(page, pages);
      const samples = array.columnsFirst ? await readColumns(source, array, page) : await readRows(source, array, page);
      const pixels = channels === 1 ? samples : greyOf(samples, channels);
      return { widthPx, heightPx, pixels, pixelSizeNm: null, acquiredAtMs: null };
    },
  };
}

function greyOf(samples: PixelData, channels: number): PixelData {
  const count = samples.length / channels;
  const grey = samples.slice(0, count);
  copyGrey(samples, channels, count, { pixels: grey, start: 0, step: 1 });
  return grey;
}

function readRows(source: ByteSource, array: NpyArray, page: number): Promise<PixelData> {
  const { kind, littleEndian, widthPx, heightPx, channels } = array;
  const count = widthPx * heightPx * channels;
  return readSamples(source, { kind, littleEndian, count, offset: array.offset + page * runBytes({ kind, count }) });
}

/** A page of an array that is stored columns first: its pixels lie `pages` apart, so that the whole array is read. */
async function readColumns(source: ByteSource, array: NpyArray, page: number): Promise<PixelData> {
  const { kind, littleEndian, offset, widthPx, heightPx, pages, channels } = array;
  const all = await readSamples(source, { kind, littleEndian, offset, count: widthPx * heightPx * pages * channels });
  const pixels = all.slice(0, widthPx * heightPx * channels);
  const stored = columnsFirstPage(array, page);
  for (let channel = 0; channel < channels; channel++) {
    for (let x = 0; x < widthPx; x++) {
      const column = pages * heightPx * (x + channel * widthPx) + stored;
      for (let y = 0; y < heightPx; y++) pixels[(y * widthPx + x) * channels + channel] = all[column + y * pages] ?? 0;
    }
  }
  return pixels;
}

/** Where a page stands among those of an array that is stored columns first: there the first of several axes moves fastest, here the last. */
function columnsFirstPage({ pageSizes }: NpyArray, page: number): number {
  let [rest, stride, stored] = [page, pageSizes.reduce((product, size) => product * size, 1), 0];
  for (const size of pageSizes.toReversed()) {
    stride /= size;
    stored += (rest % size) * stride;
    rest = Math.floor(rest / size);
  }
  return stored;
}

async function readArray(source: ByteSource): Promise<NpyArray> {
  const head = viewOf(await readExactly(source, 0, 12, "the end of its NPY header"));
  const isLong = head.getUint8(6) > 1;
  const headerBytes = isLong ? head.getUint32(8, true) : head.getUint16(8, true);
  const headerAt = isLong ? 12 : 10;
  if (headerBytes === 0) throw incomplete("an NPY header that is not yet written");
  if (headerBytes > HEADER_LIMIT) throw corrupt(`an NPY header of ${headerBytes} bytes`, `at most ${HEADER_LIMIT}`);
  const bytes = await readExactly(source, headerAt, headerBytes, "the end of its NPY header");
  if (isAllZero(bytes.subarray(-1))) throw incomplete("an NPY header that is not yet written to its end");
  return arrayFrom(Buffer.from(bytes).toString("latin1"), headerAt + headerBytes);
}

function arrayFrom(text: string, offset: number): NpyArray {
  const [, order, code = ""] = /'descr'\s*:\s*'([<>|=]?)([a-zA-Z]\d*)'/.exec(text) ?? [];
  const [, isFortran] = /'fortran_order'\s*:\s*(True|False)/.exec(text) ?? [];
  const [, shapeText] = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(text) ?? [];
  if (isFortran === undefined || shapeText === undefined)
    throw corrupt(`an NPY header ${JSON.stringify(text.slice(0, 80))}`, "descr, fortran_order and shape");
  const kind = KINDS[code];
  if (kind === undefined) throw unsupported(`a NumPy array of ${describeType(code)}`, "booleans, integers or floats");
  const sizes = shapeText
    .split(",")
    .filter((size) => size.trim() !== "")
    .map((size) => Number.parseInt(size, 10));
  return { kind, littleEndian: order !== ">", columnsFirst: isFortran === "True", offset, ...layoutFrom(sizes, kind) };
}

function describeType(code: string): string {
  return code.startsWith("c") ? `complex numbers (${code})` : code === "" ? "records" : `type ${code}`;
}

/** The last two axes are rows and columns; a short third one of bytes or 16 bit numbers is colours; those before count pages. */
function layoutFrom(
  sizes: readonly number[],
  kind: SampleKind,
): Pick<NpyArray, "widthPx" | "heightPx" | "pages" | "pageSizes" | "channels"> {
  if (sizes.length < 2)
    throw unsupported(`a NumPy array of ${sizes.length} dimensions`, "2 (rows, columns) or more (pages first)");
  const last = sizes.at(-1) ?? 0;
  const isColour =
    sizes.length >= 3 && (last === 3 || last === 4) && (kind === "u8" || kind === "u16") && (sizes.at(-3) ?? 0) > 4;
  const channels = isColour ? last : 1;
  const spatial = isColour ? sizes.slice(0, -1) : sizes;
  const [heightPx = 0, widthPx = 0] = spatial.slice(-2);
  checkDimensions(widthPx, heightPx);
  const pageSizes = spatial.slice(0, -2);
  const pages = pageSizes.reduce((product, size) => product * size, 1);
  if (!(pages >= 1)) throw corrupt(`a NumPy array of ${sizes.join(" x ")}`, "at least one element");
  if (pages > LIMITS.pagesPerFile) throw tooLarge(`a NumPy array of ${pages} images`, `at most ${LIMITS.pagesPerFile}`);
  checkSampleBytes(runBytes({ kind, count: widthPx * heightPx * channels }));
  return { widthPx, heightPx, pages, pageSizes, channels };
}
