/**
 * The header of a frame of a Merlin (Quantum Detectors, Medipix3) MIB file.
 *
 * A line of text with commas, after "Merlin Software User Manual" (Quantum Detectors):
 * `MQ1,000001,00384,01,0256,0256,U16,   1x1,01,2020-01-31 12:00:00.000000,0.001,...,MQ1A,2020-01-31T12:00:00.000000000Z,1000000ns,12,`
 *
 * @module
 */
import type { UnixMs } from "../base/units.js";
import { checkDimensions, checkSampleBytes, corrupt, unsupported } from "./refusals.js";
import { acquiredAt, exposureFrom, parseDecimal, parseLocalTime } from "./stated.js";

/** Bytes of the longest header, of 16 chips. */
export const MIB_HEADER_LIMIT = 8_192;
/** Fields that every header has: up to the time of exposure. */
const COMMON_FIELDS = 11;

/** How the samples of a frame lie in the file. */
export type MibSamples =
  /** Row by row, big-endian; U08, U16 or U32. */
  | { readonly kind: "plain"; readonly bits: 8 | 16 | 32 }
  /** As the chips deliver them, in words of 64 bit; R64. */
  | { readonly kind: "raw"; readonly bits: 1 | 6 | 12 | 24 };

export interface MibHeader {
  readonly headerBytes: number;
  /** The detector's own number of the frame, from 1 within an acquisition. */
  readonly frameNumber: number;
  /** When the detector took it, as it wrote it down: to the microsecond and finer. Empty where it did not. */
  readonly stamp: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly samples: MibSamples;
  /** Chips of raw frames, beside one another in a row of the file: 1, or 4 in a square. */
  readonly chips: 1 | 4;
  readonly frameBytes: number;
  readonly acquiredAtMs: UnixMs | null;
  readonly exposureMs: number | null;
}

/** Bytes of a header, as its own third field says, or `null` where this is none. */
export function mibHeaderBytes(head: Uint8Array): number | null {
  const [, length] = /^MQ\d,\d{6,},(\d{5}),/.exec(Buffer.from(head.subarray(0, 32)).toString("latin1")) ?? [];
  const bytes = Number(length);
  return bytes >= 64 && bytes <= MIB_HEADER_LIMIT ? bytes : null;
}

/** Raises FrameRejectedError `unsupported`, `corrupt`, `too-large`. */
export function mibHeaderFrom(bytes: Uint8Array): MibHeader {
  const text = Buffer.from(bytes).toString("latin1").replace(/\0/g, " ").trim();
  const fields = text.split(",").map((field) => field.trim());
  if (fields.length < COMMON_FIELDS)
    throw corrupt(`a MIB header of ${fields.length} fields`, `at least ${COMMON_FIELDS}`);
  const samples = samplesFrom(fields);
  const layout = layoutFrom(fields, samples);
  return { headerBytes: bytes.length, frameNumber: Number(fields[1]), samples, ...layout, ...timesFrom(fields) };
}

function samplesFrom(fields: readonly string[]): MibSamples {
  const type = fields[6] ?? "";
  if (type === "U08" || type === "U8" || type === "U01" || type === "U1") return { kind: "plain", bits: 8 };
  if (type === "U16") return { kind: "plain", bits: 16 };
  if (type === "U32") return { kind: "plain", bits: 32 };
  const bits = bitsFrom(fields);
  if (type === "R64" && (bits === 1 || bits === 6 || bits === 12 || bits === 24)) return { kind: "raw", bits };
  throw unsupported(`MIB samples of type ${type} and ${bits} bits`, "U08, U16, U32, or R64 of 1, 6, 12 or 24 bits");
}

/** Where the extension MQ1A says, else the last field that is not empty. */
function bitsFrom(fields: readonly string[]): number {
  const extension = fields.indexOf("MQ1A");
  return Number(extension >= 0 ? fields[extension + 3] : fields.findLast((field) => field !== ""));
}

type Layout = Pick<MibHeader, "widthPx" | "heightPx" | "chips" | "frameBytes">;

/** Bytes a pixel of raw frames, by bits; 24 bits are two frames of 12. */
const RAW_PIXEL_BYTES = { 1: 1 / 8, 6: 1, 12: 2, 24: 4 } as const;

/** The size of the picture. Raw frames state that of the file's rows instead: chips side by side, and 24 bits twice as many pixels. */
function layoutFrom(fields: readonly string[], samples: MibSamples): Layout {
  const [columns, rows] = [Number(fields[4]), Number(fields[5])];
  checkDimensions(columns, rows);
  if (samples.kind === "plain") {
    const frameBytes = (columns * rows * samples.bits) / 8;
    checkSampleBytes(frameBytes);
    return { widthPx: columns, heightPx: rows, chips: 1, frameBytes };
  }
  const chips = chipsFrom(fields);
  const rowPx = samples.bits === 24 ? columns / 2 : columns;
  const widthPx = chips === 1 ? rowPx : rowPx / 2;
  const heightPx = chips === 1 ? rows : rows * 2;
  if (!Number.isInteger(rowPx / chips / 64))
    throw corrupt(`raw MIB rows of ${rowPx} pixels on ${chips} chips`, "a multiple of 64 on each");
  checkDimensions(widthPx, heightPx);
  const frameBytes = widthPx * heightPx * RAW_PIXEL_BYTES[samples.bits];
  checkSampleBytes(4 * widthPx * heightPx);
  return { widthPx, heightPx, chips, frameBytes };
}

function chipsFrom(fields: readonly string[]): 1 | 4 {
  const [chips, layout = ""] = [Number(fields[3]), fields[7]];
  if (chips === 1) return 1;
  if (chips === 4 && layout.startsWith("2x2")) return 4;
  throw unsupported(`raw MIB frames of ${chips} chips in a layout of ${layout}`, "1 chip, or 4 in a layout of 2x2");
}

/** The extension MQ1A has a time in UTC and the exposure in ns; before it there were a local time and seconds. */
function timesFrom(fields: readonly string[]): Pick<MibHeader, "stamp" | "acquiredAtMs" | "exposureMs"> {
  const extension = fields.indexOf("MQ1A");
  const [utc = "", exposure = ""] = extension < 0 ? [] : fields.slice(extension + 1, extension + 3);
  const [date = "", time = ""] = (fields[9] ?? "").split(/[ T]/);
  const isExposure = exposure.endsWith("ns");
  return {
    stamp: utc === "" ? (fields[9] ?? "") : utc,
    acquiredAtMs: acquiredAt(Date.parse(utc.replace(/(\.\d{3})\d*/, "$1"))) ?? parseLocalTime(date, time),
    exposureMs: exposureFrom(isExposure ? parseDecimal(exposure) / 1e6 : parseDecimal(fields[10] ?? "") * 1e3),
  };
}
