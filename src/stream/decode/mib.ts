/**
 * Merlin MIB: frames of a Medipix3 detector, one after the other, each with a header of its own; single chips and quads.
 *
 * The file begins with the lowest row of the picture, as Merlin's own program shows it.
 *
 * @module
 */
import type { Frame, PixelData } from "../base/frame.js";
import { LIMITS } from "../base/limits.js";
import { readExactly, readOwn } from "./byte-source.js";
import {
  type ByteSource,
  type Growth,
  type ImageFormat,
  type Inspection,
  inspectionOf,
  type Match,
  type OpenImage,
} from "./format.js";
import { MIB_HEADER_LIMIT, type MibHeader, mibHeaderBytes, mibHeaderFrom } from "./mib-header.js";
import { pixelsFromRaw } from "./mib-raw.js";
import { corrupt, noSuchPage, tooLarge } from "./refusals.js";
import { flipRows, pixelsFromBytes } from "./samples.js";

export const mib: ImageFormat = {
  name: "MIB (Merlin; 1 to 32 bit, raw, quad; series)",
  matches: matchMib,
  inspect: (source) => inspectionOf(() => inspectMib(source)),
  open: openMib,
};

/** `MQ1,000001,00384,`: a number that grows with the frames, then the length of the header. */
function matchMib(head: Uint8Array): Match {
  if (mibHeaderBytes(head) !== null) return "yes";
  const text = Buffer.from(head.subarray(0, 16)).toString("latin1");
  const isBegun = head.length < 17 && /^M(Q(\d(,(\d{0,6}(,\d{0,5})?)?)?)?)?$/.test(text);
  return isBegun ? "begun" : "no";
}

/**
 * A MIB does not say how many frames it has: it is complete when it ends with a frame. The text file that Merlin writes beside it does
 * say; without it, more frames may come.
 */
async function inspectMib(source: ByteSource): Promise<Inspection> {
  const header = await readHeader(source);
  const stride = header.headerBytes + header.frameBytes;
  const pages = Math.floor(source.sizeBytes / stride);
  const rest = source.sizeBytes - pages * stride;
  const growth = { ...(await framesIn(source, stride, pages)), firstPage: { offset: 0, length: stride } };
  if (pages < 1 || rest > 0) {
    const missing = `a file of ${source.sizeBytes} bytes that ends within MIB frame ${pages + 1}`;
    return { state: "incomplete", missing, growth };
  }
  if (pages > LIMITS.pagesPerFile) throw tooLarge(`a MIB file of ${pages} frames`, `at most ${LIMITS.pagesPerFile}`);
  if (growth.pages < pages) {
    const at = growth.pages * stride;
    return { state: "incomplete", missing: `zeros at byte ${at}, where a MIB frame should begin`, growth };
  }
  await checkLastFrame(source, (pages - 1) * stride);
  const planned = await plannedFrames(source);
  const doubt = planned === pages ? null : `${pages} MIB frames so far, which may be more`;
  return { state: "complete", pages, doubt, growth };
}

/**
 * Of the first `there` frames those whose header is written, in a file that was allocated first; the last of them then waits for the header
 * of the next. What was appended is written.
 */
async function framesIn(source: ByteSource, stride: number, there: number): Promise<Pick<Growth, "pages" | "written">> {
  const isBegun = async (page: number) => (await readExactly(source, page * stride, 1, "a frame's header"))[0] !== 0;
  if (there === 0 || (await isBegun(there - 1))) return { pages: there, written: there };
  let [begun, unbegun] = [0, there - 1];
  while (begun < unbegun) {
    const middle = (begun + unbegun) >> 1;
    if (await isBegun(middle)) begun = middle + 1;
    else unbegun = middle;
  }
  return { pages: begun, written: Math.max(0, begun - 1) };
}

async function checkLastFrame(source: ByteSource, offset: number): Promise<void> {
  const head = await readExactly(source, offset, 32, "the header of its last frame");
  if (mibHeaderBytes(head) === null) throw corrupt(`no MIB header at byte ${offset}`, "frames of one size");
}

/** `Frames in Acquisition (Number):	100` in `NAME.hdr` beside `NAME.mib`. */
async function plannedFrames({ file }: ByteSource): Promise<number | null> {
  const name = `${file?.name.replace(/\.[^.]*$/, "") ?? ""}.hdr`;
  const text = await file?.withSibling(name, async (hdr) =>
    Buffer.from(await hdr.read(0, MIB_HEADER_LIMIT)).toString("latin1"),
  );
  const [, frames] = /^Frames in Acquisition \(Number\):?\s*(\d+)/m.exec(text ?? "") ?? [];
  return frames === undefined ? null : Number(frames);
}

async function openMib(source: ByteSource): Promise<OpenImage> {
  const first = await readHeader(source);
  const stride = first.headerBytes + first.frameBytes;
  return {
    decode: async (page): Promise<Frame> => {
      const offset = page * stride;
      const pages = Math.floor(source.sizeBytes / stride);
      if (page < 0 || page >= pages) throw noSuchPage(page, pages);
      const { acquiredAtMs, exposureMs } = await readHeader(source, offset);
      const bytes = await readOwn(source, offset + first.headerBytes, first.frameBytes, "the end of its image data");
      const { widthPx, heightPx } = first;
      const pixels = pixelsOf(bytes, first);
      flipRows(pixels, widthPx);
      return { widthPx, heightPx, pixels, pixelSizeNm: null, acquiredAtMs, exposureMs };
    },
  };
}

async function readHeader(source: ByteSource, offset = 0): Promise<MibHeader> {
  const length = mibHeaderBytes(await readExactly(source, offset, 32, "the end of its MIB header"));
  if (length === null) throw corrupt(`no MIB header at byte ${offset}`, "frames of one size");
  return mibHeaderFrom(await readExactly(source, offset, length, "the end of its MIB header"));
}

function pixelsOf(bytes: Uint8Array<ArrayBuffer>, header: MibHeader): PixelData {
  const { samples, widthPx, heightPx, chips } = header;
  if (samples.kind === "raw") return pixelsFromRaw(bytes, samples.bits, { widthPx, heightPx, chips });
  return pixelsFromBytes(bytes, samples.bits === 8 ? "u8" : samples.bits === 16 ? "u16" : "u32", false);
}
