/**
 * Writes simulated frames into a folder as a microscope's software would.
 *
 * @module
 */
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ErrorReport, isOstwaldError, OstwaldError } from "../../base/errors.js";
import type { SimulatedFrame } from "./camera.js";
import { encodePng } from "./encode-png.js";
import { encodeTiff } from "./encode-tiff.js";
import { createPace, systemTimer, type Timer } from "./pace.js";
import type { Truth } from "./truth.js";

export type RecordingFormat = "png" | "tiff";

/**
 * How a file comes to be there: written under a temporary name and renamed when complete, or growing in pieces under its own name,
 * as some acquisition software does.
 */
export type Delivery =
  | { readonly kind: "rename" }
  | { readonly kind: "pieces"; readonly pieces: number; readonly pauseMs: number };

export interface RecordingOptions {
  /** Folder of the frames, made when it is not there. */
  readonly directory: string;
  readonly format: RecordingFormat;
  /** Frames a second; `null`: as fast as they can be made. */
  readonly framesPerS: number | null;
  /** Frames to write; `null`: until the signal. */
  readonly count: number | null;
  readonly delivery: Delivery;
  /** Folder of the truth, not the frames' own, for its label images are images too; `null`: no truth is written. */
  readonly truthDirectory: string | null;
  /** Frames and truths that stay; older ones are deleted. `null`: all. */
  readonly keepLast: number | null;
  /** Ends the recording; the frame being written is completed. */
  readonly signal?: AbortSignal;
  /** Told of each frame that is complete under its own name. */
  readonly onFrame?: (written: WrittenFrame) => void;
  readonly timer?: Timer;
}

/** A frame in its folder. */
export interface WrittenFrame {
  /** From 1. */
  readonly number: number;
  readonly path: string;
  readonly truth: Truth;
}

/** A frame that could not be written: `path` and the cause say why. */
export class RecordingError extends OstwaldError {
  readonly tag = "Recording";
  readonly path: string;

  constructor(path: string, report: ErrorReport) {
    super(report);
    this.path = path;
  }
}

/** What stands before the name of a file that is not complete: no watcher opens a name that ends so. */
const TEMPORARY_ENDING = ".tmp";
const FILE_ENDING = { png: "png", tiff: "tif" } as const satisfies Readonly<Record<RecordingFormat, string>>;

/**
 * Writes frames named `frame_000001.tif`, `frame_000002.tif`, ... and resolves to their number when `count` is reached or the signal
 * given. One frame at a time is in memory. Raises {@link RecordingError} and EncodingError.
 */
export async function recordFrames(next: () => SimulatedFrame, options: RecordingOptions): Promise<number> {
  const { directory, truthDirectory, count, signal } = options;
  await attempt(directory, () => mkdir(directory, { recursive: true }));
  if (truthDirectory !== null) await attempt(truthDirectory, () => mkdir(truthDirectory, { recursive: true }));
  const pace = createPace(options.framesPerS, options.timer ?? systemTimer);
  let written = 0;
  while (written < (count ?? Number.POSITIVE_INFINITY)) {
    const simulated = next();
    const image = await encode(simulated, options.format);
    await pace.next(signal);
    if (signal?.aborted) break;
    written += 1;
    // The truth first: whoever sees the frame can look it up.
    if (truthDirectory !== null) await writeTruth(join(truthDirectory, nameOf(written)), simulated.truth);
    const path = join(directory, `${nameOf(written)}.${FILE_ENDING[options.format]}`);
    await deliver(path, image, options);
    options.onFrame?.({ number: written, path, truth: simulated.truth });
    if (options.keepLast !== null) await forget(written - options.keepLast, options);
  }
  return written;
}

function nameOf(number: number): string {
  return `frame_${String(number).padStart(6, "0")}`;
}

async function encode({ frame }: SimulatedFrame, format: RecordingFormat): Promise<Uint8Array> {
  return format === "png" ? encodePng(frame) : encodeTiff(frame);
}

async function deliver(path: string, bytes: Uint8Array, options: RecordingOptions): Promise<void> {
  const { delivery, signal, timer = systemTimer } = options;
  if (delivery.kind === "rename") return writeWhole(path, bytes);
  await attempt(path, async () => {
    const file = await open(path, "w");
    try {
      const pieceBytes = Math.ceil(bytes.length / delivery.pieces);
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        if (at > 0) await timer.wait(delivery.pauseMs, signal);
        await file.writeFile(bytes.subarray(at, at + pieceBytes));
      }
    } finally {
      await file.close();
    }
  });
}

/** Writes a file that appears under its name only when it is complete. */
async function writeWhole(path: string, data: Uint8Array | string): Promise<void> {
  const temporary = `${path}${TEMPORARY_ENDING}`;
  await attempt(path, async () => {
    try {
      await writeFile(temporary, data);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

/** The particles as JSON and the labels as a 16-bit PNG. */
async function writeTruth(stem: string, truth: Truth): Promise<void> {
  const { labels, ...rest } = truth;
  const { widthPx, heightPx } = truth;
  const image = await encodePng({ widthPx, heightPx, pixels: labels, pixelSizeNm: null, acquiredAtMs: null });
  await writeWhole(`${stem}.labels.png`, image);
  await writeWhole(`${stem}.json`, `${JSON.stringify(rest)}\n`);
}

/** Deletes a frame and its truth. A frame that somebody moved away is no concern. */
async function forget(number: number, { directory, truthDirectory, format }: RecordingOptions): Promise<void> {
  if (number < 1) return;
  const paths = [join(directory, `${nameOf(number)}.${FILE_ENDING[format]}`)];
  if (truthDirectory !== null) {
    paths.push(join(truthDirectory, `${nameOf(number)}.json`), join(truthDirectory, `${nameOf(number)}.labels.png`));
  }
  for (const path of paths) await attempt(path, () => rm(path, { force: true }));
}

async function attempt(path: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (isOstwaldError(error)) throw error;
    throw new RecordingError(path, {
      received: `a failure at ${path}: ${error instanceof Error ? error.message : String(error)}`,
      expected: "a folder that can be written to, with room in it",
      remedy: "Free space, correct the permissions, or choose another folder.",
      cause: error,
    });
  }
}
