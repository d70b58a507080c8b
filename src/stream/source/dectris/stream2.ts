/**
 * Messages of DECTRIS' stream interface, version 2: a CBOR map each.
 *
 * After "Stream V2" and "CBOR Tag for DECTRIS Compressed Byte Strings" (github.com/dectris/documentation), typed arrays after RFC 8746.
 *
 * @module
 */

import { FrameRejectedError } from "../../base/frame.js";
import type { UnixMs } from "../../base/units.js";
import { corrupt, unsupported } from "../../decode/refusals.js";
import { detectorError } from "../detector/errors.js";
import type { PixelsPayload, PixelType, SampleCompression } from "../source.js";
import { type CborMap, CborTag, type CborValue, decodeCbor } from "./cbor.js";
import { type DectrisMessage, noDataOf, notesFrom, type SeriesImage, type SeriesStart } from "./message.js";

const TAG = { dateTime: 0, multiDimArray: 40, dectrisCompression: 56_500, selfDescribed: 55_799 } as const;

/** Tags of RFC 8746 whose samples Ostwald takes. */
const TYPED_ARRAYS: ReadonlyMap<number, Pick<PixelsPayload, "type" | "byteOrder">> = new Map(
  (
    [
      [64, "u8", "big"],
      [65, "u16", "big"],
      [66, "u32", "big"],
      [68, "u8", "big"],
      [69, "u16", "little"],
      [70, "u32", "little"],
      [72, "i8", "big"],
      [73, "i16", "big"],
      [74, "i32", "big"],
      [77, "i16", "little"],
      [78, "i32", "little"],
      [81, "f32", "big"],
      [85, "f32", "little"],
    ] as const satisfies readonly (readonly [number, PixelType, PixelsPayload["byteOrder"]])[]
  ).map(([tag, type, byteOrder]) => [tag, { type, byteOrder }]),
);

/** `channel` is the one whose image is taken, of several; `null`: the first. Raises DetectorStreamError. */
export function stream2Message(bytes: Uint8Array, channel: string | null): DectrisMessage {
  const message = mapFrom(untagged(decodeCbor(bytes), TAG.selfDescribed), "a message");
  switch (message.get("type")) {
    case "start":
      return startFrom(message);
    case "image":
      return imageFrom(message, channel);
    case "end":
      return { kind: "end", series: seriesOf(message) };
    default:
      return { kind: "other" };
  }
}

function startFrom(message: CborMap): SeriesStart {
  const images = numberFrom(message.get("number_of_images"));
  const [columns, rows] = [message.get("image_size_x"), message.get("image_size_y")];
  const [countS, energyEv] = [numberFrom(message.get("count_time")), numberFrom(message.get("incident_energy"))];
  const channels = message.get("channels");
  const facts = [
    images === null ? undefined : `${images} images of ${String(columns)} x ${String(rows)} px`,
    countS === null ? undefined : `${roundTo(countS * 1e3)} ms each`,
    energyEv === null ? undefined : `${roundTo(energyEv / 1e3)} keV`,
    Array.isArray(channels) ? channels.join(" and ") : undefined,
  ];
  const detector = message.get("detector_description");
  return {
    kind: "start",
    series: seriesOf(message),
    name: `${typeof detector === "string" ? detector : "DECTRIS"} ${seriesNameOf(message)}`,
    notes: notesFrom(facts, plainFrom(message.get("user_data") ?? null)),
    plannedImages: images,
  };
}

function imageFrom(message: CborMap, channel: string | null): SeriesImage {
  const number = numberFrom(message.get("image_id"));
  if (number === null) throw detectorError("an image message without an image_id", "its number");
  const series = seriesOf(message);
  return {
    kind: "image",
    series,
    seriesName: seriesNameOf(message),
    number,
    key: `${series}#${number}`,
    pixels: refusalOr(() => pixelsFrom(message, channel)),
  };
}

/** An image that cannot be used is an outcome of its own: its number is known. */
function refusalOr<Value>(read: () => Value): Value | FrameRejectedError {
  try {
    return read();
  } catch (error) {
    if (error instanceof FrameRejectedError) return error;
    throw error;
  }
}

function pixelsFrom(message: CborMap, channel: string | null): PixelsPayload {
  const array = channelOf(mapFrom(message.get("data"), "the data of an image"), channel);
  const [dimensions, typed] = pairFrom(array);
  const [heightPx, widthPx] = Array.isArray(dimensions) ? dimensions.map(numberFrom) : [];
  if (
    typeof heightPx !== "number" ||
    typeof widthPx !== "number" ||
    (Array.isArray(dimensions) && dimensions.length !== 2)
  )
    throw corrupt("an image array whose dimensions are not two numbers", "rows and columns");
  const [seriesAtMs, startS] = [dateFrom(message.get("series_date")), secondsFrom(message.get("start_time"))];
  const samples = samplesFrom(typed);
  const exposureS = secondsFrom(message.get("real_time"));
  return {
    kind: "pixels",
    widthPx,
    heightPx,
    ...samples,
    ...noDataOf(samples.type),
    // The pixel size that the detector states is that of its sensor, not of the specimen.
    pixelSizeNm: null,
    acquiredAtMs: seriesAtMs === null ? null : ((seriesAtMs + 1e3 * (startS ?? 0)) as UnixMs),
    exposureMs: exposureS === null ? null : 1e3 * exposureS,
  };
}

function channelOf(data: CborMap, channel: string | null): CborValue {
  const names = [...data.keys()];
  const array = data.get(channel ?? names[0] ?? "");
  if (array !== undefined) return array;
  if (channel === null) throw corrupt("an image of no channel", "at least one");
  throw unsupported(`an image of the channels ${names.join(", ")}`, `one of ${channel}, as dectrisChannel asks`);
}

/** Dimensions and samples of a multi-dimensional array, row-major. */
function pairFrom(array: CborValue): readonly [CborValue, CborValue] {
  const [dimensions, typed, ...more] =
    array instanceof CborTag && array.tag === TAG.multiDimArray && Array.isArray(array.value) ? array.value : [];
  if (dimensions === undefined || typed === undefined || more.length > 0)
    throw corrupt("image data that is no row-major array", "CBOR tag 40 with dimensions and a typed array");
  return [dimensions, typed];
}

function samplesFrom(typed: CborValue): Pick<PixelsPayload, "type" | "byteOrder" | "bytes" | "compression"> {
  const kind = typed instanceof CborTag ? TYPED_ARRAYS.get(typed.tag) : undefined;
  if (!(typed instanceof CborTag) || kind === undefined)
    throw unsupported(
      typed instanceof CborTag ? `samples of CBOR tag ${typed.tag}` : "samples that are no typed array",
      "8 to 32 bit integers or 32 bit floats (RFC 8746)",
    );
  if (typed.value instanceof Uint8Array) return { ...kind, bytes: typed.value };
  const [algorithm, modifier, bytes] =
    typed.value instanceof CborTag && typed.value.tag === TAG.dectrisCompression && Array.isArray(typed.value.value)
      ? typed.value.value
      : [];
  if (!(bytes instanceof Uint8Array)) throw corrupt("samples that are no byte string", "one, compressed or not");
  return { ...kind, bytes, compression: compressionFrom(algorithm, modifier) };
}

function compressionFrom(algorithm: CborValue | undefined, modifier: CborValue | undefined): SampleCompression {
  if (algorithm === "lz4") return { kind: "lz4" };
  const isElement = modifier === 1 || modifier === 2 || modifier === 4 || modifier === 8;
  if (algorithm === "bslz4" && isElement) return { kind: "bslz4", elementBytes: modifier };
  throw unsupported(
    `samples compressed by ${JSON.stringify(algorithm)} of ${String(modifier)}`,
    "lz4, or bslz4 of 1, 2, 4 or 8 bytes",
  );
}

/** The unique name of a series, or its number and date where a detector gives it none. */
function seriesOf(message: CborMap): string {
  const unique = message.get("series_unique_id");
  if (typeof unique === "string" && unique !== "") return unique;
  const date = dateFrom(message.get("series_date") ?? message.get("arm_date"));
  return `${seriesNameOf(message)}${date === null ? "" : ` of ${date}`}`;
}

function seriesNameOf(message: CborMap): string {
  const id = numberFrom(message.get("series_id"));
  if (id === null) throw detectorError("a message without a series_id", "the number of its series");
  return `series ${id}`;
}

function mapFrom(value: CborValue | undefined, what: string): CborMap {
  if (value instanceof Map) return value;
  throw detectorError(`${what} that is no CBOR map`, "a map of names and values");
}

function untagged(value: CborValue, tag: number): CborValue {
  return value instanceof CborTag && value.tag === tag ? value.value : value;
}

function numberFrom(value: CborValue | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

/** A rational, numerator and denominator, in its unit. */
function secondsFrom(value: CborValue | undefined): number | null {
  const [numerator = null, denominator = null] = Array.isArray(value) ? value.map(numberFrom) : [];
  return numerator === null || denominator === null || denominator === 0 ? null : numerator / denominator;
}

/** ms since 1970, or `null`. */
function dateFrom(value: CborValue | undefined): number | null {
  const text = value instanceof CborTag && value.tag === TAG.dateTime ? value.value : value;
  const unixMs = typeof text === "string" ? Date.parse(text) : Number.NaN;
  return Number.isFinite(unixMs) ? unixMs : null;
}

/** A value as JSON knows them; binary is left out. */
function plainFrom(value: CborValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, of]) => [name, plainFrom(of)]));
  if (Array.isArray(value)) return value.map(plainFrom);
  if (value instanceof CborTag) return plainFrom(value.value);
  return value instanceof Uint8Array ? undefined : value;
}

function roundTo(value: number): number {
  return Number(value.toPrecision(6));
}
