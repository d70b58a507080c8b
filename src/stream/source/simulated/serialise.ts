/**
 * Pixels as bytes in a stated byte order, whatever this machine's own is.
 *
 * @module
 */
import type { PixelData } from "../../base/frame.js";

export type ByteOrder = "little-endian" | "big-endian";

/** The bytes of the pixels, in order. For 8-bit pixels the same memory. */
export function serialisePixels(pixels: PixelData, order: ByteOrder): Uint8Array {
  if (pixels instanceof Uint8Array) return pixels;
  const view = new DataView(new ArrayBuffer(pixels.byteLength));
  const littleEndian = order === "little-endian";
  if (pixels instanceof Uint16Array) {
    for (let i = 0; i < pixels.length; i += 1) view.setUint16(2 * i, pixels[i], littleEndian);
  } else if (pixels instanceof Int16Array) {
    for (let i = 0; i < pixels.length; i += 1) view.setInt16(2 * i, pixels[i], littleEndian);
  } else {
    for (let i = 0; i < pixels.length; i += 1) view.setFloat32(4 * i, pixels[i], littleEndian);
  }
  return new Uint8Array(view.buffer);
}
