/**
 * Bare samples, described by a JSON file beside them. README.md says what it may state.
 *
 * @module
 */
import { type Frame, FrameRejectedError } from "../base/frame.js";
import { LIMITS } from "../base/limits.js";
import { type PixelSizeNm, pixelSizeNmFrom, type UnixMs } from "../base/units.js";
import { doubtAboutTail, readAll, writtenPages } from "./byte-source.js";
import { type ByteSource, type ImageFormat, type Inspection, inspectionOf, type OpenImage } from "./format.js";
import { checkDimensions, checkSampleBytes, corrupt, noSuchPage, tooLarge } from "./refusals.js";
import { readSamples, runBytes, SAMPLE_BYTES, type SampleKind } from "./samples.js";
import { acquiredAt, exposureFrom } from "./stated.js";

/** Bytes of the longest description. */
const DESCRIPTION_LIMIT = 65_536;
/** The key that tells a description of raw frames from any other JSON, and its only value so far. */
const MARK = { key: "ostwaldRaw", version: 1 } as const;

/** Read only where {@link hasDescription} says so: raw samples have no first bytes of their own. */
export const raw: ImageFormat = {
  name: "raw (any samples; described by a JSON file beside them)",
  matches: () => "no",
  inspect: (source) => inspectionOf(() => inspectRaw(source)),
  open: openRaw,
};

interface Description {
  readonly kind: SampleKind;
  readonly littleEndian: boolean;
  readonly widthPx: number;
  readonly heightPx: number;
  /** `null`: as many as the file has. */
  readonly pages: number | null;
  readonly offsetBytes: number;
  /** Bytes between the end of a frame and the beginning of the next. */
  readonly gapBytes: number;
  readonly pixelSizeNm: PixelSizeNm | null;
  readonly exposureMs: number | null;
  readonly acquiredAtMs: UnixMs | null;
  readonly intervalMs: number | null;
}

/** Whether a description of raw frames lies beside a file. */
export async function hasDescription(source: ByteSource): Promise<boolean> {
  return (await findDescription(source)) !== null;
}

async function inspectRaw(source: ByteSource): Promise<Inspection> {
  const description = await readDescription(source);
  const bytes = frameBytes(description);
  const there = pagesIn(source, description);
  const pages = description.pages ?? there;
  if (pages > LIMITS.pagesPerFile) throw tooLarge(`a raw file of ${pages} frames`, `at most ${LIMITS.pagesPerFile}`);
  const extentOf = (page: number) => ({ offset: frameOffset(description, page), length: bytes });
  const whole = Math.min(there, description.pages ?? there);
  const growth = { pages: whole, written: await writtenPages(source, whole, extentOf), firstPage: extentOf(0) };
  if (there < Math.max(1, pages)) {
    const missing = `a file of ${source.sizeBytes} bytes that holds ${there} of ${Math.max(1, pages)} raw frames`;
    return { state: "incomplete", missing, growth };
  }
  const { offset } = extentOf(pages - 1);
  const mayGrow = description.pages === null && (pages > 1 || offset + bytes < source.sizeBytes);
  const doubt = mayGrow ? `${pages} raw frames so far, which may be more` : await doubtAboutTail(source, offset, bytes);
  return { state: "complete", pages, doubt, growth };
}

async function openRaw(source: ByteSource): Promise<OpenImage> {
  const description = await readDescription(source);
  const { kind, littleEndian, widthPx, heightPx, pixelSizeNm, exposureMs, acquiredAtMs, intervalMs } = description;
  return {
    decode: async (page): Promise<Frame> => {
      const pages = Math.min(description.pages ?? Number.POSITIVE_INFINITY, pagesIn(source, description));
      if (page < 0 || page >= pages) throw noSuchPage(page, pages);
      const offset = frameOffset(description, page);
      const pixels = await readSamples(source, { kind, littleEndian, offset, count: widthPx * heightPx });
      const atMs = acquiredAtMs === null ? null : acquiredAt(acquiredAtMs + page * (intervalMs ?? 0));
      return { widthPx, heightPx, pixels, pixelSizeNm, acquiredAtMs: atMs, exposureMs };
    },
  };
}

function frameBytes({ kind, widthPx, heightPx }: Description): number {
  return runBytes({ kind, count: widthPx * heightPx });
}

function frameOffset(description: Description, page: number): number {
  return description.offsetBytes + page * (frameBytes(description) + description.gapBytes);
}

/** Whole frames in a file; the last need not have its gap. */
function pagesIn({ sizeBytes }: ByteSource, description: Description): number {
  const { offsetBytes, gapBytes } = description;
  return Math.max(0, Math.floor((sizeBytes - offsetBytes + gapBytes) / (frameBytes(description) + gapBytes)));
}

async function readDescription(source: ByteSource): Promise<Description> {
  const found = await findDescription(source);
  if (found === null)
    throw corrupt("raw samples without a description", `a JSON file beside them with "${MARK.key}": ${MARK.version}`);
  return descriptionFrom(found.name, found.value);
}

interface Found {
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** The description of this file alone, else that of all in the folder. */
async function findDescription({ file }: ByteSource): Promise<Found | null> {
  if (file === undefined) return null;
  const stem = file.name.replace(/\.[^.]*$/, "");
  for (const name of new Set([`${file.name}.json`, `${stem}.json`, "raw.json"])) {
    const value = await file.withSibling(name, readJson);
    if (typeof value === "object" && value !== null && MARK.key in value) return { name, value: { ...value } };
  }
  return null;
}

async function readJson(source: ByteSource): Promise<unknown> {
  if (source.sizeBytes > DESCRIPTION_LIMIT) return null;
  try {
    return JSON.parse(Buffer.from(await readAll(source)).toString("utf8"));
  } catch (error) {
    // Half-written, or no JSON at all: not a description.
    if (error instanceof SyntaxError || error instanceof FrameRejectedError) return null;
    throw error;
  }
}

const KEYS: readonly string[] = [
  MARK.key,
  "widthPx",
  "heightPx",
  "type",
  "byteOrder",
  "pages",
  "offsetBytes",
  "gapBytes",
  "pixelSizeNm",
  "exposureMs",
  "acquiredAt",
  "intervalMs",
];

function descriptionFrom(name: string, value: Found["value"]): Description {
  const wrong = (key: string, expected: string) =>
    corrupt(`${key} = ${JSON.stringify(value[key])} in ${name}`, expected);
  const unknown = Object.keys(value).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw wrong(unknown, `keys among ${KEYS.join(", ")}`);
  if (value[MARK.key] !== MARK.version) throw wrong(MARK.key, String(MARK.version));
  const whole = (key: string, fallback: number | null) => {
    const number = value[key] ?? fallback;
    if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) throw wrong(key, "a whole number");
    return number;
  };
  const measure = (key: string) => {
    const number = value[key] ?? null;
    if (number !== null && !(typeof number === "number" && number > 0)) throw wrong(key, "a number above 0");
    return number;
  };
  const { type, byteOrder = "little", acquiredAt: at = null } = value;
  if (!isKind(type)) throw wrong("type", `one of ${Object.keys(SAMPLE_BYTES).join(", ")}`);
  if (byteOrder !== "little" && byteOrder !== "big") throw wrong("byteOrder", "little or big");
  const acquiredAtMs = typeof at === "string" ? acquiredAt(Date.parse(at)) : null;
  if (at !== null && acquiredAtMs === null) throw wrong("acquiredAt", "a time as 2024-05-31T12:00:00Z");
  const [widthPx, heightPx] = [whole("widthPx", null), whole("heightPx", null)];
  checkDimensions(widthPx, heightPx);
  checkSampleBytes(SAMPLE_BYTES[type] * widthPx * heightPx);
  return {
    kind: type,
    littleEndian: byteOrder === "little",
    widthPx,
    heightPx,
    pages: "pages" in value ? whole("pages", null) : null,
    offsetBytes: whole("offsetBytes", 0),
    gapBytes: whole("gapBytes", 0),
    pixelSizeNm: pixelSizeNmFrom(measure("pixelSizeNm")),
    exposureMs: exposureFrom(measure("exposureMs")),
    acquiredAtMs,
    intervalMs: measure("intervalMs"),
  };
}

function isKind(type: unknown): type is SampleKind {
  return typeof type === "string" && Object.hasOwn(SAMPLE_BYTES, type);
}
