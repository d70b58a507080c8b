/**
 * Which format a file is, told by its first bytes and never by its name.
 *
 * @module
 */
import { type Frame, FrameRejectedError } from "../base/frame.js";
import { LIMITS } from "../base/limits.js";
import { bytesSource, isAllZero } from "./byte-source.js";
import { dm } from "./dm.js";
import { emi } from "./emi.js";
import type { ByteSource, ImageFormat, Inspection, OpenImage } from "./format.js";
import { DEFAULT_READ_OPTIONS, HEAD_BYTES, inspectionOf } from "./format.js";
import { hdf5 } from "./hdf5/hdf5.js";
import { jpeg } from "./jpeg.js";
import { mib } from "./mib.js";
import { mrc } from "./mrc.js";
import { npy } from "./npy.js";
import { png } from "./png.js";
import { hasDescription, raw } from "./raw.js";
import { incomplete, tooLarge } from "./refusals.js";
import { ser } from "./ser.js";
import { tiff } from "./tiff.js";

/** Every format, in the order they are tried. */
export const IMAGE_FORMATS: readonly ImageFormat[] = [tiff, png, jpeg, hdf5, mrc, dm, ser, emi, npy, mib, raw];

/** First bytes that are not all zeros in any format that has begun. */
const BEGINNING_BYTES = 16;
/** Last bytes that tell a file that was allocated before it was written; those of a finished PNG or JPEG are never zeros. */
const END_BYTES = 4;

/** The format whose first bytes these are without a doubt, or `null`. */
export function formatOf(head: Uint8Array): ImageFormat | null {
  return IMAGE_FORMATS.find((format) => format.matches(head) === "yes") ?? null;
}

/** What the headers of an image say: complete, incomplete, or unusable and why. Reads little else; raises only what reading raises. */
export async function inspectImage(source: ByteSource, options = DEFAULT_READ_OPTIONS): Promise<Inspection> {
  // Every file is empty when it is made: only one that stays so is refused as such.
  if (source.sizeBytes === 0) return { state: "incomplete", missing: "a 0-byte file" };
  const inspection = await inspectionOf(async () => (await recognise(source)).inspect(source, options));
  if (inspection.state !== "unusable") return inspection;
  const end = await source.read(Math.max(0, source.sizeBytes - END_BYTES), END_BYTES);
  return isAllZero(end) ? { ...inspection, doubt: "zeros at the end of the file" } : inspection;
}

/** An image file to decode pages of, reading each page's own bytes only. Raises FrameRejectedError. */
export async function openImage(source: ByteSource, options = DEFAULT_READ_OPTIONS): Promise<OpenImage> {
  return (await recognise(source)).open(source, options);
}

/** Decodes page `page`, from 0, of a whole file in memory. Raises FrameRejectedError. */
export async function decodeImage(bytes: Uint8Array, page = 0): Promise<Frame> {
  return (await openImage(bytesSource(bytes))).decode(page);
}

async function recognise(source: ByteSource): Promise<ImageFormat> {
  if (source.sizeBytes === 0) {
    throw new FrameRejectedError("empty", {
      received: "a 0-byte file",
      expected: "an image",
      remedy: "Write the file again.",
    });
  }
  if (source.sizeBytes > LIMITS.fileBytes) {
    throw tooLarge(`a file of ${source.sizeBytes} bytes`, `at most ${LIMITS.fileBytes} bytes`);
  }
  const head = await source.read(0, HEAD_BYTES);
  const format = formatOf(head) ?? (await described(source)) ?? likelyFormat(head);
  if (format !== null) return format;
  // A writer that allocates the file first has written nothing yet; one that has only begun stands within the first bytes.
  if (isAllZero(head.subarray(0, BEGINNING_BYTES))) throw incomplete("a file that begins with zeros");
  if (IMAGE_FORMATS.some((known) => known.matches(head) === "begun"))
    throw incomplete(`a file of ${head.length} bytes`);
  throw new FrameRejectedError("unrecognised-format", {
    received: `a file that begins with ${describeHead(head.subarray(0, BEGINNING_BYTES))}`,
    expected: `the first bytes of a ${IMAGE_FORMATS.map((known) => known.name.split(/,? /)[0]).join(", ")} image`,
    remedy: "Save the frames in one of these formats, or keep other files out of the folder.",
  });
}

/** Raw samples say nothing by themselves: a description beside them does. */
async function described(source: ByteSource): Promise<ImageFormat | null> {
  return (await hasDescription(source)) ? raw : null;
}

function likelyFormat(head: Uint8Array): ImageFormat | null {
  return IMAGE_FORMATS.find((format) => format.matches(head) === "likely") ?? null;
}

/** First bytes for a person: as text where they are text, else as hex. */
function describeHead(head: Uint8Array): string {
  const isText = head.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09);
  return isText
    ? JSON.stringify(Buffer.from(head).toString("latin1"))
    : `the bytes ${Buffer.from(head).toString("hex")}`;
}
