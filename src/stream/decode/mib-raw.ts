/**
 * Raw Medipix3 frames: the order of chips and of the pixels within words of 64 bit, undone.
 *
 * @module
 */
import type { PixelData } from "../base/frame.js";

export interface RawLayout {
  readonly widthPx: number;
  readonly heightPx: number;
  /** 4: a row of the file has a row of each chip, the lower right chip first; the lower two are turned by half a circle. */
  readonly chips: 1 | 4;
}

/**
 * The pixels of a raw frame. Within each word of 64 bit the last pixel comes first: 64 of 1 bit, 8 of 6 bits in a byte each, 4 of 12 bits
 * in two bytes each. 24 bits are two frames of 12, the upper bits first.
 */
export function pixelsFromRaw(bytes: Uint8Array, bits: 1 | 6 | 12 | 24, layout: RawLayout): PixelData {
  if (bits === 1) return arrange(unpackBits(bytes), layout);
  if (bits === 6) return arrange(unpackBytes(bytes), layout);
  const shorts = unpackShorts(bytes);
  if (bits === 12) return arrange(shorts, layout);
  const count = layout.widthPx * layout.heightPx;
  const wide = new Float32Array(count);
  for (let i = 0; i < count; i++) wide[i] = (shorts[i] ?? 0) * 4096 + (shorts[count + i] ?? 0);
  return arrange(wide, layout);
}

function unpackBits(bytes: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(bytes.length * 8);
  for (let i = 0; i < pixels.length; i++) {
    // Pixel i lies in word i / 64, whose bytes are in the opposite order, each with its first pixel in the lowest bit.
    const byte = bytes[(i >> 6) * 8 + 7 - ((i & 63) >> 3)] ?? 0;
    pixels[i] = (byte >> (i & 7)) & 1;
  }
  return pixels;
}

function unpackBytes(bytes: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(bytes.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = bytes[(i & ~7) + 7 - (i & 7)] ?? 0;
  return pixels;
}

function unpackShorts(bytes: Uint8Array): Uint16Array {
  const pixels = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < pixels.length; i++) {
    const at = 2 * ((i & ~3) + 3 - (i & 3));
    pixels[i] = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  }
  return pixels;
}

/** The picture of four chips from rows of all of them: |4|3|2|1| becomes 1 2 over 3 4. */
function arrange<Pixels extends PixelData>(rows: Pixels, { widthPx, heightPx, chips }: RawLayout): Pixels {
  if (chips === 1) return rows;
  const picture = rows.slice() as Pixels;
  const [chipWidth, chipHeight] = [widthPx / 2, heightPx / 2];
  for (let chip = 0; chip < 4; chip++) {
    const isLower = chip >= 2;
    const startX = (chip % 2) * chipWidth;
    for (let row = 0; row < chipHeight; row++) {
      const from = row * 4 * chipWidth + (3 - chip) * chipWidth;
      const y = isLower ? heightPx - 1 - row : row;
      const line = picture.subarray(y * widthPx + startX, y * widthPx + startX + chipWidth);
      line.set(rows.subarray(from, from + chipWidth));
      if (isLower) line.reverse();
    }
  }
  return picture;
}
