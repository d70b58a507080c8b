/**
 * The images of an evaluation, each with its truth, and what has to be left out.
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorText, isOstwaldError } from "../../stream/base/errors.js";
import { type Frame, FrameRejectedError } from "../../stream/base/frame.js";
import { bytesSource } from "../../stream/decode/byte-source.js";
import { decodeImage, inspectImage } from "../../stream/decode/resolve.js";
import { compareNatural, isIgnoredName } from "../../stream/source/folder/names.js";
import type { FrameTruth } from "../evaluation/truth.js";
import { TruthError } from "./errors.js";
import { openTruth, type TruthChoice } from "./open-truth.js";
import { paired } from "./pairing.js";
import type { TruthEntry } from "./truth-source.js";

/** An image and what says the truth about it, neither of them read. */
export interface ImagePair {
  readonly image: { readonly name: string; readonly path: string };
  readonly entry: TruthEntry;
}

/** A file that takes no part, and why. */
export interface LeftOut {
  readonly file: string;
  readonly reason: string;
}

export interface ImageList {
  readonly pairs: readonly ImagePair[];
  readonly leftOut: readonly LeftOut[];
}

/** Pairs images and truth by name. Raises TruthError where no image has one. */
export async function listImages(images: string, truth: string, choice: TruthChoice): Promise<ImageList> {
  const names = await readdir(images).catch((cause: unknown) => {
    throw new TruthError({
      received: `${images} (${errorText(cause)})`,
      expected: "a folder of images",
      remedy: "Correct the path after --images.",
      cause,
    });
  });
  const found = names.filter((name) => !isIgnoredName(name) && name.includes(".")).sort(compareNatural);
  const entries = await openTruth(truth, choice);
  const { pairs, withoutTruth, withoutImage } = paired(
    found.map((name) => ({ name, path: join(images, name) })),
    entries,
  );
  if (pairs.length === 0) throw nothingPaired(found, entries);
  const leftOut = [
    ...withoutTruth.map(({ name }) => ({ file: name, reason: "no truth of this name or number" })),
    ...withoutImage.map(({ name }) => ({ file: name, reason: "no image of this name or number" })),
  ];
  return { pairs, leftOut };
}

function nothingPaired(images: readonly string[], entries: readonly TruthEntry[]): TruthError {
  const some = (names: readonly string[]) => `${names.slice(0, 3).join(", ")}${names.length > 3 ? ", ..." : ""}`;
  return new TruthError({
    received: `images (${some(images) || "none"}) of which none has truth (${some(entries.map(({ name }) => name)) || "none"})`,
    expected: "truth of the same name as its image, or of the same number (image_3.png, label_3.png)",
    remedy: "Rename the files, or name other folders.",
  });
}

/** An image with its truth. */
export interface Sample {
  readonly frame: Frame;
  readonly truth: FrameTruth;
}

/** Reads a pair; one that cannot be used is an outcome, and its reason the result. */
export async function readSample({ image, entry }: ImagePair): Promise<Sample | LeftOut> {
  try {
    const frame = await readImage(image.path);
    const truth = await entry.read(frame).catch((error: unknown) => {
      if (isOstwaldError(error)) return { file: entry.name, reason: error.message };
      throw error;
    });
    return "reason" in truth ? truth : { frame, truth };
  } catch (error) {
    if (error instanceof FrameRejectedError) return { file: image.name, reason: error.message };
    throw error;
  }
}

async function readImage(path: string): Promise<Frame> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new FrameRejectedError("vanished", {
      received: `${path}, which cannot be read (${errorText(cause)})`,
      expected: "a file that can be opened",
      remedy: "Correct its permissions.",
      cause,
    });
  });
  const inspection = await inspectImage(bytesSource(bytes));
  if (inspection.state === "complete" && inspection.pages > 1) {
    throw new FrameRejectedError("unsupported", {
      received: `${path}, a series of ${inspection.pages} pages`,
      expected: "one image a file, as truth is given",
      remedy: "Save the pages as files of their own.",
    });
  }
  return decodeImage(bytes);
}
