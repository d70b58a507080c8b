/**
 * TIA (FEI's "TEM Imaging & Analysis"): SER, images and series of every real type.
 *
 * FEI publishes no specification; after "The format of FEI's TIA / ESVision SER files" (C. Boothroyd). All numbers are little-endian, all
 * lengths metres. Rows are stored from the bottom to the top of the picture.
 *
 * @module
 */
import type { Frame } from "../base/frame.js";
import { LIMITS } from "../base/limits.js";
import { type PixelSizeNm, pixelSizeNmFrom, type UnixMs } from "../base/units.js";
import { doubtAboutTail, readExactly, viewOf } from "./byte-source.js";
import {
  type ByteSource,
  type Growth,
  type ImageFormat,
  type Inspection,
  inspectionOf,
  matchMagic,
  type OpenImage,
} from "./format.js";
import { isSquare } from "./pixel-size.js";
import {
  checkDimensions,
  checkSampleBytes,
  corrupt,
  incomplete,
  noSuchPage,
  tooLarge,
  unsupported,
} from "./refusals.js";
import { flipRows, readSamples, runBytes, type SampleKind } from "./samples.js";
import { acquiredAt } from "./stated.js";

const MAGIC = Uint8Array.of(0x49, 0x49, 0x97, 0x01);
/** Offsets of 8 bytes from this version on, of 4 before. */
const LONG_VERSION = 0x0220;
const IMAGES = 0x4122;
const SPECTRA = 0x4120;

const KINDS: Readonly<Record<number, SampleKind>> = {
  1: "u8",
  2: "u16",
  3: "u32",
  4: "i8",
  5: "i16",
  6: "i32",
  7: "f32",
  8: "f64",
};

/** Bytes of an image's own header: calibrations, type, size. */
const ELEMENT_BYTES = 50;

export const ser: ImageFormat = {
  name: "SER (TIA; 8 to 32 bit, float; series)",
  matches: (head) => matchMagic(head, MAGIC),
  inspect: (source) => inspectionOf(() => inspectSer(source)),
  open: openSer,
};

interface SerHeader {
  readonly source: ByteSource;
  /** Bytes of an offset. */
  readonly offsetBytes: 4 | 8;
  readonly offsetsAt: number;
  /** Elements that the series was planned to have, and that it has. */
  readonly planned: number;
  readonly valid: number;
}

interface SerElement {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly kind: SampleKind;
  readonly offset: number;
  readonly pixelSizeNm: PixelSizeNm | null;
}

/** A SER is complete when its last valid image lies within the file; its header counts those that were finished, at the end at least. */
async function inspectSer(source: ByteSource): Promise<Inspection> {
  const header = await readHeader(source);
  const { valid, planned } = header;
  const pages = await imagesIn(header);
  if (pages < Math.max(1, valid)) {
    const missing = `a file of ${source.sizeBytes} bytes that ends within image ${pages + 1}`;
    return pages === 0
      ? { state: "incomplete", missing }
      : { state: "incomplete", missing, growth: await growthOf(header, pages) };
  }
  const growth = await growthOf(header, pages);
  if (valid < planned) {
    return { state: "complete", pages: Math.max(1, valid), doubt: `${valid} of ${planned} images so far`, growth };
  }
  const last = await readElement(header, valid - 1);
  return {
    state: "complete",
    pages: valid,
    doubt: await doubtAboutTail(source, last.offset, elementBytes(last)),
    growth,
  };
}

/** Whole images, also those that the header does not count yet: the table leads to them. */
async function imagesIn(header: SerHeader): Promise<number> {
  const isThere = async (index: number) => {
    if (header.offsetsAt + (index + 1) * header.offsetBytes > header.source.sizeBytes) return false;
    const at = await readOffset(header, index);
    if (at === 0 || at + ELEMENT_BYTES > header.source.sizeBytes) return false;
    const element = await readElement(header, index);
    return element.offset + elementBytes(element) <= header.source.sizeBytes;
  };
  let pages = header.valid;
  while (pages > 0 && !(await isThere(pages - 1))) pages -= 1;
  if (pages < header.valid) return pages;
  while (pages < Math.min(header.planned, LIMITS.pagesPerFile) && (await isThere(pages))) pages += 1;
  return pages;
}

async function growthOf(header: SerHeader, pages: number): Promise<Growth> {
  const first = await readElement(header, 0);
  const last = pages === 1 ? first : await readElement(header, pages - 1);
  const isLastWritten = (await doubtAboutTail(header.source, last.offset, elementBytes(last))) === null;
  return {
    pages,
    written: isLastWritten ? pages : pages - 1,
    firstPage: { offset: first.offset, length: elementBytes(first) },
  };
}

async function openSer(source: ByteSource): Promise<OpenImage> {
  const header = await readHeader(source);
  return {
    decode: async (page): Promise<Frame> => {
      if (page < 0 || page >= Math.max(header.valid, await imagesIn(header))) throw noSuchPage(page, header.valid);
      const { widthPx, heightPx, kind, offset, pixelSizeNm } = await readElement(header, page);
      const pixels = await readSamples(source, { kind, littleEndian: true, offset, count: widthPx * heightPx });
      flipRows(pixels, widthPx);
      return { widthPx, heightPx, pixels, pixelSizeNm, acquiredAtMs: await readTime(header, page) };
    },
  };
}

async function readHeader(source: ByteSource): Promise<SerHeader> {
  const view = viewOf(await readExactly(source, 0, 34, "the end of its SER header"));
  const version = view.getUint16(4, true);
  const content = view.getUint32(6, true);
  const [planned, valid] = [view.getUint32(14, true), view.getUint32(18, true)];
  if (content === SPECTRA) throw unsupported("a SER file of spectra", "one of images");
  if (content === 0) throw incomplete("a SER header that is not yet written");
  if (content !== IMAGES)
    throw corrupt(`a SER file of content ${content.toString(16)}`, `${IMAGES.toString(16)}, images`);
  if (valid > planned) throw corrupt(`a SER file of ${valid} images out of ${planned}`, "not more than planned");
  if (valid > LIMITS.pagesPerFile) throw tooLarge(`a SER file of ${valid} images`, `at most ${LIMITS.pagesPerFile}`);
  const isLong = version >= LONG_VERSION;
  const offsetsAt = isLong ? Number(view.getBigUint64(22, true)) : view.getUint32(22, true);
  return { source, offsetBytes: isLong ? 8 : 4, offsetsAt, planned, valid };
}

/** An entry of the table that leads to images and, behind all of those, to tags. */
async function readOffset({ source, offsetBytes, offsetsAt }: SerHeader, index: number): Promise<number> {
  const view = viewOf(
    await readExactly(source, offsetsAt + index * offsetBytes, offsetBytes, "the end of its table of images"),
  );
  return offsetBytes === 8 ? Number(view.getBigUint64(0, true)) : view.getUint32(0, true);
}

async function readElement(header: SerHeader, index: number): Promise<SerElement> {
  const at = await readOffset(header, index);
  if (at === 0) throw incomplete(`a SER file whose image ${index + 1} is not yet written`);
  const view = viewOf(await readExactly(header.source, at, ELEMENT_BYTES, `the header of image ${index + 1}`));
  const type = view.getUint16(40, true);
  const kind = KINDS[type];
  if (kind === undefined) {
    throw unsupported(
      `SER images of type ${type}${type === 9 || type === 10 ? " (complex)" : ""}`,
      "real intensities, types 1 to 8",
    );
  }
  const [widthPx, heightPx] = [view.getInt32(42, true), view.getInt32(46, true)];
  checkDimensions(widthPx, heightPx);
  const element = { widthPx, heightPx, kind, offset: at + ELEMENT_BYTES };
  checkSampleBytes(elementBytes(element));
  const [x, y] = [Math.abs(view.getFloat64(8, true)), Math.abs(view.getFloat64(28, true))];
  return { ...element, pixelSizeNm: isSquare(x, y) ? pixelSizeNmFrom(x * 1e9) : null };
}

function elementBytes({ kind, widthPx, heightPx }: Pick<SerElement, "kind" | "widthPx" | "heightPx">): number {
  return runBytes({ kind, count: widthPx * heightPx });
}

/** Whole seconds since 1970. A series that was stopped may lack the tags of its last image. */
async function readTime(header: SerHeader, index: number): Promise<UnixMs | null> {
  const { source, planned } = header;
  const tableEnd = header.offsetsAt + (planned + index + 1) * header.offsetBytes;
  const at = tableEnd <= source.sizeBytes ? await readOffset(header, planned + index) : 0;
  if (at === 0 || at + 8 > source.sizeBytes) return null;
  const view = viewOf(await readExactly(source, at, 8, "the tag of an image"));
  return acquiredAt(view.getUint32(4, true) * 1000);
}
