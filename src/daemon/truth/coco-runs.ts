/**
 * Masks as COCO stores them: lengths of runs of 0 and 1, column by column, plain or packed into text, and polygons.
 *
 * After pycocotools' maskApi.c, pixel for pixel.
 *
 * @module
 */

/** Lengths of runs of 0, 1, 0, ... down the columns of an image. */
export type Runs = readonly number[];

const FIRST_CHARACTER = 48;
const BITS_PER_CHARACTER = 5;
const MORE = 0x20;
const SIGN = 0x10;
/** From here on a number is written as its difference to the one two places before. */
const FIRST_DIFFERENCE = 3;

/** The runs that a text packs; each number is written in pieces of five bits. `null` for a text that breaks off. */
export function runsFromText(text: string): Runs | null {
  const runs: number[] = [];
  for (let at = 0; at < text.length; ) {
    let value = 0;
    let bits = 0;
    let piece = MORE;
    while ((piece & MORE) !== 0) {
      if (at >= text.length) return null;
      piece = text.charCodeAt(at) - FIRST_CHARACTER;
      value |= (piece & 0x1f) << bits;
      at += 1;
      bits += BITS_PER_CHARACTER;
      if ((piece & MORE) === 0 && (piece & SIGN) !== 0 && bits < 32) value |= -1 << bits;
    }
    runs.push(runs.length >= FIRST_DIFFERENCE ? value + runs[runs.length - 2] : value);
  }
  return runs;
}

/** Sets in `image`, row-major, the pixels that the runs cover. Whether they fill the image exactly is the answer. */
export function paintRuns(image: Uint8Array, heightPx: number, runs: Runs): boolean {
  const widthPx = image.length / heightPx;
  let at = 0;
  for (const [index, length] of runs.entries()) {
    if (!Number.isInteger(length) || length < 0 || at + length > image.length) return false;
    if (index % 2 === 1) {
      for (let i = at; i < at + length; i++) image[(i % heightPx) * widthPx + Math.floor(i / heightPx)] = 1;
    }
    at += length;
  }
  return at === image.length;
}
