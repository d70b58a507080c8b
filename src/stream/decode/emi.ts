/**
 * TIA's EMI: the document whose images lie in SER files beside it, `NAME_1.ser`, `NAME_2.ser` for `NAME.emi`. The first of images is read.
 *
 * @module
 */
import { FrameRejectedError } from "../base/frame.js";
import type { ByteSource, ImageFormat, OpenImage, ReadOptions } from "./format.js";
import { completeOrRaise, inspectionOf, matchMagic } from "./format.js";
import { unsupported } from "./refusals.js";
import { ser } from "./ser.js";

const MAGIC = Uint8Array.of(0x4a, 0x4b, 0x00, 0x02);

export const emi: ImageFormat = {
  name: "EMI (TIA; reads the SER beside it)",
  matches: (head) => matchMagic(head, MAGIC),
  inspect: (source, options) =>
    inspectionOf(() => withSer(source, async (series) => completeOrRaise(await ser.inspect(series, options)))),
  open: openEmi,
};

async function openEmi(source: ByteSource, options: ReadOptions): Promise<OpenImage> {
  // The SER is opened for each page: an open image has no end at which it could be closed.
  return { decode: (page) => withSer(source, async (series) => (await ser.open(series, options)).decode(page)) };
}

/** More SER files than detectors of an instrument. */
const SERIES_LIMIT = 16;

/** The first SER of images: an EMI has one a detector, and those of EDS and EELS hold spectra. */
async function withSer<Result>({ file }: ByteSource, use: (series: ByteSource) => Promise<Result>): Promise<Result> {
  const base = file?.name.replace(/\.[^.]*$/, "") ?? "NAME";
  let refusal: FrameRejectedError | null = null;
  for (let number = 1; number <= SERIES_LIMIT; number++) {
    const used = async (series: ByteSource) => usedOrRefused(() => use(series));
    const result = (await file?.withSibling(`${base}_${number}.ser`, used)) ?? null;
    if (result === null) break;
    if ("found" in result) return result.found;
    refusal ??= result.refusal;
  }
  throw refusal ?? unsupported(`an EMI document without its images, ${base}_1.ser`, `${base}_1.ser in the same folder`);
}

/** What use gives, or that it is of a kind that is not read. */
async function usedOrRefused<Result>(
  use: () => Promise<Result>,
): Promise<{ readonly found: Result } | { readonly refusal: FrameRejectedError }> {
  try {
    return { found: await use() };
  } catch (error) {
    if (error instanceof FrameRejectedError && error.reason === "unsupported") return { refusal: error };
    throw error;
  }
}
