/**
 * The header of an MRC file.
 *
 * After "MRC/CCP4 file format for images and volumes", MRC2014 (Cheng et al., J. Struct. Biol. 192 (2015) 146), with what came before and
 * after it: FEI's extended headers, half floats (mode 12), packed 4 bit (mode 101, IMOD).
 *
 * @module
 */
import { viewOf } from "./byte-source.js";
import type { Match } from "./format.js";
import { checkDimensions, corrupt, incomplete, unsupported } from "./refusals.js";
import { SAMPLE_BYTES, type SampleKind } from "./samples.js";

/** Bytes of the header, before the extended one. */
export const MRC_HEADER_BYTES = 1024;

const AT = {
  mode: 12,
  sampling: 28,
  cell: 40,
  axes: 64,
  extremes: 76,
  extended: 92,
  kind: 104,
  map: 208,
  stamp: 212,
} as const;
/** `MAP ` at byte 208, in every file since the year 2000. */
const MAP = Uint8Array.of(0x4d, 0x41, 0x50);
/** Largest edge and most sections that a header without the magic number is believed to state. */
const PLAUSIBLE = { edgePx: 65_535, sections: 1_000_000 } as const;

const KINDS: Readonly<Record<number, SampleKind | "u4">> = {
  0: "u8",
  1: "i16",
  2: "f32",
  6: "u16",
  12: "f16",
  101: "u4",
};
/** Modes that are no intensities, by what they are. */
const REFUSED: Readonly<Record<number, string>> = {
  3: "complex 16 bit integers",
  4: "complex 32 bit floats",
  16: "8 bit RGB",
};

export interface MrcHeader {
  readonly littleEndian: boolean;
  readonly widthPx: number;
  readonly heightPx: number;
  /** 0 while the writer has not counted them. */
  readonly sections: number;
  /** `u4`: two pixels a byte, the left one in the low half. */
  readonly kind: SampleKind | "u4";
  /** Edges of a pixel, Angstrom, as the cell states them; not positive where it does not. */
  readonly pixelAngstrom: readonly [x: number, y: number];
  readonly extended: { readonly kind: string; readonly bytes: number };
}

/**
 * Whether a head is that of an MRC file. Files from before 2000 have no magic number: they are believed when their dimensions, mode,
 * axes and extended header make sense.
 */
export function matchMrc(head: Uint8Array): Match {
  const orders = [true, false].filter((littleEndian) => isPlausible(head, littleEndian));
  if (orders.length === 0) return "no";
  if (head.length < MRC_HEADER_BYTES) return "begun";
  const hasMap = MAP.every((byte, i) => head[AT.map + i] === byte);
  if (hasMap) return "yes";
  return orders.some((littleEndian) => hasAxes(viewOf(head), littleEndian)) ? "likely" : "no";
}

/** Whether what there is of the first four numbers (width, height, sections, mode) can be those of an MRC file. */
function isPlausible(head: Uint8Array, littleEndian: boolean): boolean {
  const [widthPx, heightPx, sections, mode] = [0, 4, 8, 12].map((at) => leastNumberAt(head, at, littleEndian));
  const isMode = head.length < AT.mode + 4 || String(mode) in KINDS || String(mode) in REFUSED;
  return (
    isWithin(widthPx, PLAUSIBLE.edgePx) &&
    isWithin(heightPx, PLAUSIBLE.edgePx) &&
    isWithin(sections, PLAUSIBLE.sections) &&
    isMode
  );
}

/** The number at `at`, with zeros for the bytes that are not there yet. */
function leastNumberAt(head: Uint8Array, at: number, littleEndian: boolean): number {
  const bytes = new Uint8Array(4);
  bytes.set(head.subarray(at, at + 4));
  return viewOf(bytes).getUint32(0, littleEndian);
}

function isWithin(value: number | undefined, limit: number): boolean {
  return value !== undefined && value <= limit;
}

/** Columns, rows and sections are x, y and z in some order, and the extended header has a length that a file can have. */
function hasAxes(view: DataView, littleEndian: boolean): boolean {
  const axes = [0, 4, 8].map((at) => view.getInt32(AT.axes + at, littleEndian));
  const extended = view.getInt32(AT.extended, littleEndian);
  const isFilled = view.getUint32(0, littleEndian) > 0 && view.getUint32(4, littleEndian) > 0;
  return [...axes].sort().join() === "1,2,3" && extended >= 0 && extended < 2 ** 30 && isFilled;
}

/** Raises FrameRejectedError `incomplete`, `unsupported`, `corrupt`, `too-large`. */
export function mrcHeaderFrom(bytes: Uint8Array): MrcHeader {
  const view = viewOf(bytes);
  const littleEndian = isLittleEndian(bytes);
  const int = (at: number) => view.getInt32(at, littleEndian);
  const float = (at: number) => view.getFloat32(at, littleEndian);
  const [widthPx, heightPx, sections] = [int(0), int(4), int(8)];
  if (widthPx === 0 || heightPx === 0) throw incomplete("an MRC header that does not state its size yet");
  if (sections < 0) throw corrupt(`an MRC file of ${sections} sections`, "none or more");
  checkDimensions(widthPx, heightPx);
  const extendedBytes = int(AT.extended);
  if (extendedBytes < 0) throw corrupt(`an MRC extended header of ${extendedBytes} bytes`, "0 or more");
  return {
    littleEndian,
    widthPx,
    heightPx,
    sections,
    kind: kindFrom(view, littleEndian),
    // The grid may be finer or coarser than the image, and old writers leave it 0.
    pixelAngstrom: [
      float(AT.cell) / (int(AT.sampling) || widthPx),
      float(AT.cell + 4) / (int(AT.sampling + 4) || heightPx),
    ],
    extended: { kind: Buffer.from(bytes.subarray(AT.kind, AT.kind + 4)).toString("latin1"), bytes: extendedBytes },
  };
}

/** The machine stamp says, where it is one; else the order in which the dimensions make sense. Some writers stamp wrongly: both must agree. */
function isLittleEndian(bytes: Uint8Array): boolean {
  const isBigStamp = bytes[AT.stamp] === 0x11 && bytes[AT.stamp + 1] === 0x11;
  const [fitsLittle, fitsBig] = [isPlausible(bytes, true), isPlausible(bytes, false)];
  return fitsLittle === fitsBig ? !isBigStamp : fitsLittle;
}

function kindFrom(view: DataView, littleEndian: boolean): SampleKind | "u4" {
  const mode = view.getInt32(AT.mode, littleEndian);
  const kind = KINDS[mode];
  if (kind === undefined) {
    const meaning = REFUSED[mode];
    throw unsupported(
      `an MRC file of mode ${mode}${meaning === undefined ? "" : ` (${meaning})`}`,
      "mode 0, 1, 2, 6, 12 or 101",
    );
  }
  return kind === "u8" && isSignedBytes(view, littleEndian) ? "i8" : kind;
}

const IMOD_STAMP = 1_146_047_817;

/**
 * MRC2014 calls mode 0 signed, most writers mean unsigned. IMOD says which (its stamp at byte 152, bit 0 of the flags at 156); else a
 * stated minimum below 0 does. Without either, bytes are unsigned, as every detector's are.
 */
function isSignedBytes(view: DataView, littleEndian: boolean): boolean {
  if (view.getInt32(152, littleEndian) === IMOD_STAMP) return (view.getInt32(156, littleEndian) & 1) === 1;
  const [least, most] = [view.getFloat32(AT.extremes, littleEndian), view.getFloat32(AT.extremes + 4, littleEndian)];
  return least >= -128 && least < 0 && least <= most && most <= 127;
}

/** Bytes of one section. IMOD pads rows of 4 bit pixels to whole bytes. */
export function sectionBytes({ kind, widthPx, heightPx }: MrcHeader): number {
  return kind === "u4" ? Math.ceil(widthPx / 2) * heightPx : SAMPLE_BYTES[kind] * widthPx * heightPx;
}
