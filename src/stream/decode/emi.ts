/**
 * TIA's EMI: the document whose images lie in a SER file beside it, `NAME_1.ser` for `NAME.emi`.
 *
 * @module
 */
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

async function withSer<Result>({ file }: ByteSource, use: (series: ByteSource) => Promise<Result>): Promise<Result> {
  const name = `${file?.name.replace(/\.[^.]*$/, "") ?? "NAME"}_1.ser`;
  const result = (await file?.withSibling(name, async (series) => ({ found: await use(series) }))) ?? null;
  if (result !== null) return result.found;
  throw unsupported(`an EMI document without its images, ${name}`, `${name} in the same folder`);
}
