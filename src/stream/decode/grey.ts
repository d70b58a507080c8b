/**
 * Interleaved samples -> one grey channel.
 *
 * @module
 */
import { unsupported } from "./refusals.js";

/** Anything samples come in. */
export type Samples =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Where the grey values of a run of pixels go: `pixels[start + i * step]`. */
export interface GreyTarget {
  readonly pixels: Samples;
  readonly start: number;
  readonly step: number;
}

/** How colours differ from grey is told with the first pixel that does. */
function colourRefusal(red: number, green: number, blue: number): Error {
  return unsupported(
    `a colour image (red ${red}, green ${green}, blue ${blue} in one pixel)`,
    "one channel, or red = green = blue in every pixel",
  );
}

/**
 * Writes `count` pixels of `channels` interleaved samples (1 grey, 2 grey and alpha, 3 RGB, 4 RGBA) as grey; alpha is left out.
 *
 * Raises FrameRejectedError `unsupported` for a pixel whose colours differ.
 */
export function copyGrey(samples: Samples, channels: number, count: number, target: GreyTarget): void {
  const { pixels, start, step } = target;
  if (channels === 1 && step === 1) {
    pixels.set(samples.subarray(0, count), start);
    return;
  }
  for (let i = 0, from = 0, to = start; i < count; i++, from += channels, to += step) {
    const grey = samples[from] ?? 0;
    if (channels >= 3) {
      const green = samples[from + 1] ?? 0;
      const blue = samples[from + 2] ?? 0;
      if (green !== grey || blue !== grey) throw colourRefusal(grey, green, blue);
    }
    pixels[to] = grey;
  }
}

/** A palette as the grey level of each entry, `null` for an entry that is a colour. */
export type GreyPalette = readonly (number | null)[];

/** Part of a palette that may be colours for what is drawn over a picture. Zeiss SmartSEM has 26 of them among 256. */
const MAX_OVERLAY_FRACTION = 1 / 4;

/**
 * Grey levels of palette entries given as red, green, blue triples.
 *
 * In a scale of greys, where entry `i` is grey `i`, a few colours are for scale bars and labels: they stand for the grey whose place they have.
 */
export function greyPaletteFrom(rgb: ArrayLike<number>): GreyPalette {
  const levels: (number | null)[] = [];
  for (let i = 0; i + 2 < rgb.length; i += 3) {
    const red = rgb[i] ?? 0;
    levels.push(red === rgb[i + 1] && red === rgb[i + 2] ? red : null);
  }
  return isScaleWithOverlay(levels) ? levels.map((_, index) => index) : levels;
}

function isScaleWithOverlay(levels: GreyPalette): boolean {
  const colours = levels.filter((level) => level === null).length;
  const isScale = levels.length === 256 && levels.every((level, index) => level === null || level === index);
  return isScale && colours <= MAX_OVERLAY_FRACTION * levels.length;
}

/** As {@link copyGrey}, for one palette index a pixel. */
export function copyPaletteGrey(indices: Samples, palette: GreyPalette, count: number, target: GreyTarget): void {
  for (let i = 0, to = target.start; i < count; i++, to += target.step) {
    const index = indices[i] ?? 0;
    const level = palette[index];
    if (level === null || level === undefined) {
      throw unsupported(
        level === null ? `a palette whose entry ${index} is a colour` : `palette entry ${index} of ${palette.length}`,
        "a palette of greys",
      );
    }
    target.pixels[to] = level;
  }
}
