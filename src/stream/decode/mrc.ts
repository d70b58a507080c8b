/**
 * MRC and MRCS: images, stacks and movies; 8, 16 bit, half and single float, 4 bit; either byte order; extended headers of FEI.
 *
 * Rows are kept in the order of the file.
 *
 * @module
 */
import type { Frame, PixelData } from "../base/frame.js";
import { LIMITS } from "../base/limits.js";
import { type PixelSizeNm, pixelSizeNmFrom, type UnixMs } from "../base/units.js";
import { doubtAboutTail, readExactly, readOwn, viewOf, writtenPages } from "./byte-source.js";
import { type ByteSource, type ImageFormat, type Inspection, inspectionOf, type OpenImage } from "./format.js";
import { MRC_HEADER_BYTES, type MrcHeader, matchMrc, mrcHeaderFrom, sectionBytes } from "./mrc-header.js";
import { isSquare } from "./pixel-size.js";
import { noSuchPage, tooLarge } from "./refusals.js";
import { readSamples } from "./samples.js";
import { exposureFrom, fromOleDays } from "./stated.js";

export const mrc: ImageFormat = {
  name: "MRC, MRCS (8, 16 bit, float; stacks)",
  matches: matchMrc,
  inspect: (source) => inspectionOf(() => inspectMrc(source)),
  open: openMrc,
};

/**
 * An MRC file is complete when every section that its header counts lies within the file. While it is written the count may be that of the
 * beginning, or 0: what is there counts then.
 */
async function inspectMrc(source: ByteSource): Promise<Inspection> {
  const header = await readHeader(source);
  const { sections } = header;
  if (sections > LIMITS.pagesPerFile)
    throw tooLarge(`an MRC stack of ${sections} sections`, `at most ${LIMITS.pagesPerFile}`);
  const bytes = sectionBytes(header);
  const there = sectionsIn(source, header);
  const extentOf = (page: number) => ({ offset: sectionOffset(header, page), length: bytes });
  const growth = {
    pages: there,
    written: await writtenPages(source, there, extentOf),
    firstPage: extentOf(0),
  };
  if (there < Math.max(1, sections)) {
    const missing = `a file of ${source.sizeBytes} bytes that holds ${there} of ${sections} MRC sections`;
    return { state: "incomplete", missing, growth };
  }
  // Some writers count sections as they go, others write the data first and the count at the end.
  const mayGrow = sections !== 1 || there > sections;
  const pages = sections === 0 ? there : sections;
  const doubt = mayGrow ? `a stack of ${pages} sections so far, which may still grow` : null;
  const { offset, length } = extentOf(pages - 1);
  return { state: "complete", pages, doubt: doubt ?? (await doubtAboutTail(source, offset, length)), growth };
}

/** Whole sections in a file, whatever its header counts. */
function sectionsIn({ sizeBytes }: ByteSource, header: MrcHeader): number {
  const there = Math.max(0, Math.floor((sizeBytes - sectionOffset(header, 0)) / sectionBytes(header)));
  return Math.min(there, LIMITS.pagesPerFile);
}

async function openMrc(source: ByteSource): Promise<OpenImage> {
  const header = await readHeader(source);
  return {
    decode: async (page): Promise<Frame> => {
      const pages = Math.max(header.sections, sectionsIn(source, header));
      if (page < 0 || page >= pages) throw noSuchPage(page, pages);
      const stated = await readStated(source, header, page);
      return {
        widthPx: header.widthPx,
        heightPx: header.heightPx,
        pixels: await readSection(source, header, page),
        pixelSizeNm: pixelSizeOf(header, stated),
        acquiredAtMs: stated.acquiredAtMs,
        exposureMs: stated.exposureMs,
      };
    },
  };
}

async function readHeader(source: ByteSource): Promise<MrcHeader> {
  return mrcHeaderFrom(await readExactly(source, 0, MRC_HEADER_BYTES, "the end of its MRC header"));
}

function sectionOffset(header: MrcHeader, section: number): number {
  return MRC_HEADER_BYTES + header.extended.bytes + section * sectionBytes(header);
}

async function readSection(source: ByteSource, header: MrcHeader, section: number): Promise<PixelData> {
  const { kind, littleEndian, widthPx, heightPx } = header;
  const offset = sectionOffset(header, section);
  if (kind !== "u4") return readSamples(source, { kind, littleEndian, offset, count: widthPx * heightPx });
  const packed = await readOwn(source, offset, sectionBytes(header), "the end of its image data");
  return unpackNibbles(packed, widthPx, heightPx);
}

/** 4 bit pixels, the left one in the low half of its byte. */
function unpackNibbles(packed: Uint8Array, widthPx: number, heightPx: number): Uint8Array {
  const pixels = new Uint8Array(widthPx * heightPx);
  const rowBytes = Math.ceil(widthPx / 2);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const byte = packed[y * rowBytes + (x >> 1)] ?? 0;
      pixels[y * widthPx + x] = (x & 1) === 0 ? byte & 15 : byte >> 4;
    }
  }
  return pixels;
}

/**
 * From the cell, in Angstrom; a cell of 0, or a negative one, states nothing. Files with FEI's older extended header have it there, and
 * no sensible cell.
 */
function pixelSizeOf({ pixelAngstrom: [x, y], extended }: MrcHeader, stated: Stated): PixelSizeNm | null {
  const fromCell = isSquare(x, y) ? pixelSizeNmFrom(x / 10) : null;
  return isFei(extended.kind) ? (fromCell ?? stated.pixelSizeNm) : (stated.pixelSizeNm ?? fromCell);
}

/** What an extended header says of one section. */
interface Stated {
  readonly pixelSizeNm: PixelSizeNm | null;
  readonly acquiredAtMs: UnixMs | null;
  readonly exposureMs: number | null;
}
const NOTHING: Stated = { pixelSizeNm: null, acquiredAtMs: null, exposureMs: null };

/** Fields of FEI1 and FEI2 ("EPU MRC2014 extended header"): doubles, but for the length of a section's entry. */
const FEI_AT = { timeOleDays: 12, pixelSizeM: 156, integrationS: 419, frameTimeS: 579 } as const;
/** Bytes of FEI's older extended header: 128 for each of 1024 sections, floats. */
const OLD_FEI = { bytes: 131_072, entryBytes: 128, sections: 1024, exposureAt: 32, pixelSizeAt: 44 } as const;

/** Kinds of extended header (MRC2014, "EXTTYP") that are not FEI's. */
const OTHER_KINDS: readonly string[] = ["CCP4", "MRCO", "SERI", "AGAR", "HDF5"];

function isFei(kind: string): boolean {
  return kind === "FEI1" || kind === "FEI2";
}

async function readStated(source: ByteSource, header: MrcHeader, section: number): Promise<Stated> {
  const { kind, bytes } = header.extended;
  if (isFei(kind)) return readFei(source, header, section);
  const isOldFei = bytes === OLD_FEI.bytes && section < OLD_FEI.sections && !OTHER_KINDS.includes(kind);
  return isOldFei ? readOldFei(source, header, section) : NOTHING;
}

async function readFei(source: ByteSource, { extended, littleEndian }: MrcHeader, section: number): Promise<Stated> {
  const needed = FEI_AT.frameTimeS + 8;
  if (extended.bytes < needed) return NOTHING;
  const first = viewOf(await readExactly(source, MRC_HEADER_BYTES, 4, "its extended header"));
  const entryBytes = first.getInt32(0, littleEndian);
  // An entry a section, or one for all.
  const at = entryBytes >= needed && (section + 1) * entryBytes <= extended.bytes ? section * entryBytes : 0;
  const entry = viewOf(await readExactly(source, MRC_HEADER_BYTES + at, needed, "its extended header"));
  const number = (field: number) => entry.getFloat64(field, littleEndian);
  return {
    pixelSizeNm: pixelSizeNmFrom(number(FEI_AT.pixelSizeM) * 1e9),
    acquiredAtMs: fromOleDays(number(FEI_AT.timeOleDays)),
    exposureMs: exposureFrom(number(FEI_AT.integrationS) * 1e3) ?? exposureFrom(number(FEI_AT.frameTimeS) * 1e3),
  };
}

async function readOldFei(source: ByteSource, { littleEndian }: MrcHeader, section: number): Promise<Stated> {
  const at = MRC_HEADER_BYTES + section * OLD_FEI.entryBytes;
  const entry = viewOf(await readExactly(source, at, OLD_FEI.entryBytes, "its extended header"));
  const metres = entry.getFloat32(OLD_FEI.pixelSizeAt, littleEndian);
  return {
    pixelSizeNm: pixelSizeNmFrom(metres * 1e9),
    acquiredAtMs: null,
    exposureMs: exposureFrom(entry.getFloat32(OLD_FEI.exposureAt, littleEndian) * 1e3),
  };
}
