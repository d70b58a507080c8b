/**
 * Messages of DECTRIS' stream interface, version 1 ("legacy"): JSON, and an image in four parts.
 *
 * After the SIMPLON API reference (DECTRIS), "Stream subsystem". The simulator of LiberTEM-live speaks it.
 *
 * @module
 */
import { FrameRejectedError } from "../../base/frame.js";
import { corrupt, unsupported } from "../../decode/refusals.js";
import { detectorError } from "../detector/errors.js";
import type { PixelsPayload, SampleCompression } from "../source.js";
import { type DectrisMessage, noDataOf, notesFrom, type SeriesImage, type SeriesStart } from "./message.js";

/** The names that are looked for; whatever they hold is checked. */
type JsonObject = {
  readonly [name in
    | "htype"
    | "series"
    | "frame"
    | "hash"
    | "shape"
    | "type"
    | "encoding"
    | "real_time"
    | "nimages"
    | "ntrigger"
    | "trigger_mode"
    | "description"
    | "bit_depth_image"]?: unknown;
};

const TYPES = { uint8: "u8", uint16: "u16", uint32: "u32", int8: "i8", int16: "i16", int32: "i32" } as const;

/** Whether a message is one of version 1: its first part is a JSON object. */
export function isStream1(parts: readonly Uint8Array[]): boolean {
  return parts[0]?.[0] === "{".charCodeAt(0);
}

/**
 * Reads the messages of one detector. The number of a series is all that version 1 says of it, and a detector that was switched on again
 * counts anew: each start is therefore told from the one before.
 */
export class Stream1 {
  #starts = 0;
  #startedSeries: number | null = null;

  /** Raises DetectorStreamError. */
  message(parts: readonly Uint8Array[]): DectrisMessage {
    const head = objectFrom(parts[0]);
    const kind = typeof head.htype === "string" ? head.htype.replace(/-\d.*$/, "") : "";
    if (kind === "dheader") return this.#start(head, parts[1]);
    if (kind === "dimage") return this.#image(head, parts);
    if (kind === "dseries_end") return { kind: "end", series: this.#name(seriesFrom(head)) };
    // What a detector is set to may come in a message of its own.
    if (kind === "" && this.#startedSeries !== null) return this.#described(this.#startedSeries, head);
    return { kind: "other" };
  }

  #start(head: JsonObject, config: Uint8Array | undefined): DectrisMessage {
    const series = seriesFrom(head);
    this.#starts += 1;
    this.#startedSeries = series;
    return config === undefined ? { kind: "other" } : this.#described(series, objectFrom(config));
  }

  #described(series: number, config: JsonObject): SeriesStart {
    this.#startedSeries = null;
    const [images, triggers] = [countFrom(config.nimages), countFrom(config.ntrigger)];
    const isPerTrigger = config.trigger_mode === "exte" || config.trigger_mode === "inte";
    const planned = isPerTrigger ? triggers : images === null ? null : images * (triggers ?? 1);
    const detector = typeof config.description === "string" ? config.description : "DECTRIS";
    const bits = countFrom(config.bit_depth_image);
    const facts = [planned === null ? undefined : `${planned} images`, bits === null ? undefined : `${bits} bit`];
    const names = { series: this.#name(series), name: `${detector} series ${series}` };
    return { kind: "start", ...names, notes: notesFrom(facts, undefined), plannedImages: planned };
  }

  #image(head: JsonObject, [, shape, blob, times]: readonly Uint8Array[]): SeriesImage {
    const [series, number] = [seriesFrom(head), countFrom(head.frame)];
    if (number === null) throw detectorError("an image without a frame number", "frame");
    if (shape === undefined || blob === undefined) throw detectorError("an image of less than 3 parts", "4 parts");
    const realTime = times === undefined ? null : objectFrom(times).real_time;
    // The checksum of the pixels tells a frame from that of a series of the same number before.
    const hash = typeof head.hash === "string" ? head.hash : `start ${this.#starts}`;
    return {
      kind: "image",
      series: this.#name(series),
      seriesName: `series ${series}`,
      number,
      key: `series ${series}#${number}/${hash}`,
      pixels: pixelsOrRefusal({ ...objectFrom(shape), real_time: realTime, frame: number }, blob),
    };
  }

  #name(series: number): string {
    return `series ${series}, start ${this.#starts}`;
  }
}

function pixelsOrRefusal(shape: JsonObject, bytes: Uint8Array): PixelsPayload | FrameRejectedError {
  try {
    return pixelsFrom(shape, bytes);
  } catch (error) {
    if (error instanceof FrameRejectedError) return error;
    throw error;
  }
}

function pixelsFrom({ shape, type, encoding, real_time }: JsonObject, bytes: Uint8Array): PixelsPayload {
  const [widthPx, heightPx, ...more] = Array.isArray(shape) ? shape.map(countFrom) : [];
  if (typeof widthPx !== "number" || typeof heightPx !== "number" || more.length > 0)
    throw corrupt(`an image of the shape ${JSON.stringify(shape)}`, "two numbers");
  const known = Object.entries(TYPES).find(([name]) => name === type);
  if (known === undefined)
    throw unsupported(`samples of type ${String(type)}`, `one of ${Object.keys(TYPES).join(", ")}`);
  const exposureNs = countFrom(real_time);
  const [, bits, lz4, order] = /^(?:bs(8|16|32|64)-)?(lz4)?([<>])$/.exec(String(encoding)) ?? [];
  if (order === undefined || (bits !== undefined && lz4 === undefined))
    throw unsupported(`samples encoded as ${String(encoding)}`, "<, lz4< or bs16-lz4<");
  return {
    kind: "pixels",
    widthPx,
    heightPx,
    type: known[1],
    ...noDataOf(known[1]),
    byteOrder: order === "<" ? "little" : "big",
    bytes,
    ...(lz4 === undefined ? {} : { compression: compressionFrom(bits) }),
    pixelSizeNm: null,
    // Times count from a start that is nowhere told.
    acquiredAtMs: null,
    exposureMs: exposureNs === null ? null : exposureNs / 1e6,
  };
}

/** Without bitshuffle the block stands alone, without framing. */
function compressionFrom(bits: string | undefined): SampleCompression {
  if (bits === undefined) return { kind: "lz4-block" };
  const elementBytes = bits === "8" ? 1 : bits === "16" ? 2 : bits === "32" ? 4 : 8;
  return { kind: "bslz4", elementBytes };
}

function seriesFrom(head: JsonObject): number {
  const series = countFrom(head.series);
  if (series === null) throw detectorError("a message without the number of its series", "series");
  return series;
}

function objectFrom(part: Uint8Array | undefined): JsonObject {
  const text = Buffer.from(part ?? []).toString("utf8");
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (cause) {
    throw detectorError(`${text.length} characters that are no JSON`, "a JSON object", cause);
  }
  throw detectorError(`JSON that is no object: ${text.slice(0, 40)}`, "a JSON object");
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function countFrom(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
