/**
 * A folder source in a directory of its own, and a sink that remembers what it was given.
 *
 * @module
 */
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { FrameRejectedError, type RejectionReason } from "../../src/stream/base/frame.js";
import { inspectImage } from "../../src/stream/decode/resolve.js";
import { systemClock } from "../../src/stream/flow/clock.js";
import { createFolderSource, type FolderSourceOptions } from "../../src/stream/source/folder/folder-source.js";
import { readFrame } from "../../src/stream/source/folder/read-frame.js";
import type { FrameSink, FrameSource, OfferedFrame } from "../../src/stream/source/source.js";
import { pause } from "./waiting.js";

export interface Rejection {
  readonly key: string;
  readonly label: string;
  readonly reason: RejectionReason;
}

export interface RecordingSink extends FrameSink {
  readonly offered: OfferedFrame[];
  readonly rejections: Rejection[];
}

/** `accept` says when there is room for the next frame; at once by default. */
export function recordingSink(accept: (frame: OfferedFrame) => Promise<void> = async () => {}): RecordingSink {
  const offered: OfferedFrame[] = [];
  const rejections: Rejection[] = [];
  return {
    offered,
    rejections,
    offer: (frame) => {
      offered.push(frame);
      return accept(frame);
    },
    reject: ({ key, label }, error) => rejections.push({ key, label, reason: error.reason }),
    beginRun: async () => {},
    endRun: async () => {},
    lastRecorded: () => undefined,
  };
}

/** An empty directory, removed after the test. */
export async function emptyFolder(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), "ostwald-folder-")));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A started source, closed after the test. Short times, so that tests wait for little. */
export async function startSource(
  dir: string,
  sink: FrameSink,
  options: Partial<FolderSourceOptions> = {},
): Promise<FrameSource> {
  const source = createFolderSource({
    dir,
    existing: "take",
    inspect: inspectImage,
    clock: systemClock,
    settleMs: 0,
    quietMs: 150,
    incompleteTimeoutMs: 300,
    pollMs: 40,
    ...options,
  });
  onTestFinished(() => source.close());
  await source.start(sink);
  return source;
}

/** Waits until `condition` holds; a test that waits in vain ends by its own time limit, with `what` in the report. */
export async function until(what: string, condition: () => boolean, limitMs = 20_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms for: ${what}`);
    await pause(5);
  }
}

/** The time in which a source with the short times above would have offered anything that it is going to. */
export const SETTLED_MS = 400;

/** What the analyzer would make of an offered frame: the first pixel, or why it was rejected. */
export async function levelOf({ payload }: OfferedFrame): Promise<number | RejectionReason> {
  if (payload.kind !== "file") throw new Error("a folder offers files");
  try {
    const frame = await readFrame(payload.path, payload.fingerprint, payload.page);
    const levels = new Set(frame.pixels);
    // More than one level: bytes of two contents were mixed.
    if (levels.size !== 1) throw new Error(`levels ${[...levels].join(", ")} in one frame`);
    return frame.pixels[0] ?? Number.NaN;
  } catch (error) {
    if (error instanceof FrameRejectedError) return error.reason;
    throw error;
  }
}
