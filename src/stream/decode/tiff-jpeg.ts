/**
 * JPEGs as strips and tiles of a TIFF (compression 7).
 *
 * After "Adobe Photoshop TIFF Technical Notes" 2 (2002): each chunk is a JPEG of its own, less the tables that the page's JPEGTables has.
 *
 * @module
 */
import { bytesSource } from "./byte-source.js";
import { checkJpeg, decodeGreyJpeg } from "./jpeg.js";
import { corrupt } from "./refusals.js";
import type { TiffPage } from "./tiff-page.js";

/** Bytes of SOI and of EOI. */
const MARKER_BYTES = 2;

/** The grey pixels of a chunk of `rows` rows. Raises FrameRejectedError `corrupt`, `unsupported` for colours. */
export async function decodeJpegChunk(
  encoded: Uint8Array,
  page: TiffPage,
  rows: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const whole = withTables(encoded, page.jpegTables);
  await checkJpeg(bytesSource(whole));
  const { widthPx, heightPx, pixels } = decodeGreyJpeg(whole, page.isYcbcr);
  const { widthPx: columns } = page.grid;
  if (widthPx !== columns || heightPx < rows) {
    throw corrupt(`a JPEG of ${widthPx} x ${heightPx} px in a TIFF`, `${columns} x ${rows} px as its strips or tiles`);
  }
  return pixels.subarray(0, columns * rows);
}

/** The tables, without their end, then the JPEG without its beginning. */
function withTables(encoded: Uint8Array, tables: Uint8Array): Uint8Array {
  if (tables.length <= 2 * MARKER_BYTES) return encoded;
  return Buffer.concat([tables.subarray(0, -MARKER_BYTES), encoded.subarray(MARKER_BYTES)]);
}
