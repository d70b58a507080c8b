/**
 * `preview` under JSON: a binary message, so that the picture needs no text form.
 *
 * Header length (u32, little-endian), header (the message without `pixels`, JSON in UTF-8), pixels.
 *
 * @module
 */
import type { PreviewMessage } from "./messages.js";
import { withPlainArrays } from "./typed-arrays.js";
import { textFromUtf8, utf8FromText } from "./utf8.js";

const LENGTH_BYTES = 4;

export function encodePreview({ pixels, ...rest }: PreviewMessage): Uint8Array {
  const header = utf8FromText(JSON.stringify(withPlainArrays(rest)));
  const bytes = new Uint8Array(LENGTH_BYTES + header.length + pixels.length);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, LENGTH_BYTES);
  bytes.set(pixels, LENGTH_BYTES + header.length);
  return bytes;
}

/** The message as parsed, not yet validated; `pixels` is a view of `bytes`. Raises an Error where the layout is broken. */
export function decodePreview(bytes: Uint8Array): unknown {
  if (bytes.length < LENGTH_BYTES) throw new Error(`a binary message of ${bytes.length} bytes`);
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const pixelsAt = LENGTH_BYTES + headerLength;
  if (pixelsAt > bytes.length) throw new Error(`a header of ${headerLength} bytes in a message of ${bytes.length}`);
  const header: unknown = JSON.parse(textFromUtf8(bytes.subarray(LENGTH_BYTES, pixelsAt)));
  if (typeof header !== "object" || header === null) throw new Error("a header that is no object");
  // Not subarray: of a Buffer it would be a Buffer.
  return { ...header, pixels: new Uint8Array(bytes.buffer, bytes.byteOffset + pixelsAt, bytes.length - pixelsAt) };
}
