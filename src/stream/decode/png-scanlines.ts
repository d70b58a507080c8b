/**
 * PNG scanlines -> grey pixels: filters, interlacing, sample depths.
 *
 * After "PNG (Portable Network Graphics) Specification", third edition, W3C 2025; section numbers refer to it.
 *
 * @module
 */
import { copyGrey, copyPaletteGrey, type GreyPalette } from "./grey.js";
import { corrupt } from "./refusals.js";

export interface PngLayout {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Bits a sample: 1, 2, 4, 8 or 16. */
  readonly bitDepth: number;
  /** Samples a pixel, 1 to 4. */
  readonly channels: number;
  readonly interlaced: boolean;
}

/** The pixels of one pass: every `stepX`-th column from `startX`, every `stepY`-th row from `startY`. */
interface Pass {
  readonly startX: number;
  readonly startY: number;
  readonly stepX: number;
  readonly stepY: number;
}

const WHOLE: readonly Pass[] = [{ startX: 0, startY: 0, stepX: 1, stepY: 1 }];

/** The seven passes of Adam7 (8.2). */
const ADAM7: readonly Pass[] = [
  { startX: 0, startY: 0, stepX: 8, stepY: 8 },
  { startX: 4, startY: 0, stepX: 8, stepY: 8 },
  { startX: 0, startY: 4, stepX: 4, stepY: 8 },
  { startX: 2, startY: 0, stepX: 4, stepY: 4 },
  { startX: 0, startY: 2, stepX: 2, stepY: 4 },
  { startX: 1, startY: 0, stepX: 2, stepY: 2 },
  { startX: 0, startY: 1, stepX: 1, stepY: 2 },
];

/** A pass with the bytes it fills. Passes without a pixel have no scanlines at all. */
interface SizedPass extends Pass {
  readonly columns: number;
  readonly rows: number;
  /** Bytes of a row without its filter byte. */
  readonly rowBytes: number;
}

function passesOf(layout: PngLayout): readonly SizedPass[] {
  return (layout.interlaced ? ADAM7 : WHOLE)
    .map((pass) => {
      const columns = Math.ceil((layout.widthPx - pass.startX) / pass.stepX);
      const rows = Math.ceil((layout.heightPx - pass.startY) / pass.stepY);
      return { ...pass, columns, rows, rowBytes: Math.ceil((columns * layout.channels * layout.bitDepth) / 8) };
    })
    .filter((pass) => pass.columns > 0 && pass.rows > 0);
}

/** Bytes of all scanlines, filter bytes included. */
export function scanlineBytes(layout: PngLayout): number {
  return passesOf(layout).reduce((sum, pass) => sum + pass.rows * (pass.rowBytes + 1), 0);
}

/**
 * The grey pixels of inflated scanlines, which are unfiltered in place. Depths below 8 bits are scaled to 0..255 (13.12).
 *
 * `palette` is that of a palette image, else `null`. Raises FrameRejectedError `unsupported` for colours, `corrupt` for an unknown
 * filter.
 */
export function pixelsFromScanlines(
  scanlines: Uint8Array,
  layout: PngLayout,
  palette: GreyPalette | null,
): Uint8Array | Uint16Array {
  const { widthPx, heightPx, bitDepth, channels } = layout;
  const pixels = bitDepth === 16 ? new Uint16Array(widthPx * heightPx) : new Uint8Array(widthPx * heightPx);
  const filterBytes = Math.max(1, (bitDepth * channels) / 8);
  let offset = 0;
  for (const pass of passesOf(layout)) {
    const { columns, rows, rowBytes } = pass;
    const unpack = unpackerOf(bitDepth, columns * channels, palette !== null);
    for (let row = 0; row < rows; row++, offset += rowBytes + 1) {
      unfilterRow(scanlines, { start: offset + 1, rowBytes, filterBytes, isFirst: row === 0 });
      const samples = unpack(scanlines.subarray(offset + 1, offset + 1 + rowBytes));
      const start = (pass.startY + row * pass.stepY) * widthPx + pass.startX;
      if (palette === null) copyGrey(samples, channels, columns, { pixels, start, step: pass.stepX });
      else copyPaletteGrey(samples, palette, columns, { pixels, start, step: pass.stepX });
    }
  }
  return pixels;
}

/** From the bytes of a row to its samples; the result is valid until the next call. */
function unpackerOf(
  bitDepth: number,
  count: number,
  isPalette: boolean,
): (row: Uint8Array) => Uint8Array | Uint16Array {
  if (bitDepth === 8) return (row) => row;
  if (bitDepth === 16) {
    const samples = new Uint16Array(count);
    return (row) => {
      for (let i = 0; i < count; i++) samples[i] = ((row[2 * i] ?? 0) << 8) | (row[2 * i + 1] ?? 0);
      return samples;
    };
  }
  const samples = new Uint8Array(count);
  const mask = (1 << bitDepth) - 1;
  const scale = isPalette ? 1 : 255 / mask;
  return (row) => {
    for (let i = 0; i < count; i++) {
      const bit = i * bitDepth;
      samples[i] = (((row[bit >> 3] ?? 0) >> (8 - bitDepth - (bit & 7))) & mask) * scale;
    }
    return samples;
  };
}

interface FilteredRow {
  /** Index of the row's first byte; its filter type lies before it, the row above `rowBytes + 1` before it. */
  readonly start: number;
  readonly rowBytes: number;
  /** Bytes between a byte and its left neighbour: those of a pixel, at least 1. */
  readonly filterBytes: number;
  /** The first row of a pass has no row above: that counts as zeros. */
  readonly isFirst: boolean;
}

/** Undoes the filter of one row in place (9.2). The row above is unfiltered already. */
function unfilterRow(bytes: Uint8Array, row: FilteredRow): void {
  const type = bytes[row.start - 1];
  if (type === 0) return;
  if (type === 1) unfilterSub(bytes, row);
  else if (type === 2) unfilterUp(bytes, row);
  else if (type === 3) unfilterAverage(bytes, row);
  else if (type === 4) unfilterPaeth(bytes, row);
  else throw corrupt(`PNG filter ${type}`, "a filter of 0 to 4");
}

// A row of these loops is the whole cost of a PNG beside inflate: each reads what it needs of left, above and above left once.

function unfilterSub(bytes: Uint8Array, { start, rowBytes, filterBytes }: FilteredRow): void {
  for (let i = start + filterBytes; i < start + rowBytes; i++) {
    bytes[i] = (bytes[i] ?? 0) + (bytes[i - filterBytes] ?? 0);
  }
}

function unfilterUp(bytes: Uint8Array, { start, rowBytes, isFirst }: FilteredRow): void {
  if (isFirst) return;
  const above = rowBytes + 1;
  for (let i = start; i < start + rowBytes; i++) bytes[i] = (bytes[i] ?? 0) + (bytes[i - above] ?? 0);
}

function unfilterAverage(bytes: Uint8Array, { start, rowBytes, filterBytes, isFirst }: FilteredRow): void {
  const above = rowBytes + 1;
  for (let i = start; i < start + rowBytes; i++) {
    const left = i - start < filterBytes ? 0 : (bytes[i - filterBytes] ?? 0);
    const up = isFirst ? 0 : (bytes[i - above] ?? 0);
    bytes[i] = (bytes[i] ?? 0) + ((left + up) >> 1);
  }
}

function unfilterPaeth(bytes: Uint8Array, row: FilteredRow): void {
  const { start, rowBytes, filterBytes, isFirst } = row;
  // Without a row above, Paeth's predictor is always the left neighbour; without a left one, always the one above.
  if (isFirst) {
    unfilterSub(bytes, row);
    return;
  }
  const above = rowBytes + 1;
  for (let lane = 0; lane < filterBytes; lane++) {
    let left = 0;
    let aboveLeft = 0;
    for (let i = start + lane; i < start + rowBytes; i += filterBytes) {
      const up = bytes[i - above] ?? 0;
      left = ((bytes[i] ?? 0) + paeth(left, up, aboveLeft)) & 255;
      bytes[i] = left;
      aboveLeft = up;
    }
  }
}

/** Paeth's predictor: the neighbour nearest to left + up - aboveLeft, ties in the order left, up, above left (9.4). */
function paeth(left: number, up: number, aboveLeft: number): number {
  const toLeft = Math.abs(up - aboveLeft);
  const toUp = Math.abs(left - aboveLeft);
  const toAboveLeft = Math.abs(left + up - 2 * aboveLeft);
  if (toLeft <= toUp && toLeft <= toAboveLeft) return left;
  return toUp <= toAboveLeft ? up : aboveLeft;
}
