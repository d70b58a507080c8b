/**
 * Deciding on one file: take it, refuse it, or look again later.
 *
 * @module
 */
import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { errorText } from "../../base/errors.js";
import { FrameRejectedError } from "../../base/frame.js";
import type { MonotonicMs } from "../../base/units.js";
import type { ByteSource, Inspection } from "../../decode/format.js";
import type { Clock } from "../../flow/clock.js";
import type { FileFingerprint } from "../source.js";
import { isErrorCode } from "./error-code.js";
import { fingerprintFrom, isSameContent } from "./fingerprint.js";
import { type FrameFile, openFrameFile } from "./frame-file.js";
import type { KnownFiles } from "./known-files.js";
import { vanished } from "./read-frame.js";

/**
 * Coarsest tick of the clock that stamps files: 15.6 ms on Windows, 1 to 10 ms on Linux. Two contents written within one tick can
 * have the same fingerprint, so that a file is taken only when its stamp is older than that: every later write then shows.
 */
const TIMESTAMP_TICK_MS = 16;

export interface ExamineOptions {
  readonly root: string;
  readonly clock: Clock;
  /** What the headers of an image say. */
  readonly inspect: (source: ByteSource) => Promise<Inspection>;
  readonly settleMs: number;
  readonly quietMs: number;
  readonly incompleteTimeoutMs: number;
  /** Time until a file that cannot be looked at is tried again. */
  readonly pollMs: number;
}

/** A content that nothing was decided on yet, due to be looked into. */
export interface Candidate {
  readonly path: string;
  readonly fingerprint: FileFingerprint;
}

export interface Refusal {
  readonly kind: "refuse";
  readonly fingerprint: FileFingerprint;
  readonly error: FrameRejectedError;
}

export type Verdict =
  | { readonly kind: "take"; readonly fingerprint: FileFingerprint; readonly pages: number }
  | Refusal;

/** What `lstat` alone says of a path: nothing to do now (`null`), to be looked into, or refused. */
export async function sight(
  path: string,
  known: KnownFiles,
  options: ExamineOptions,
): Promise<Candidate | Verdict | null> {
  const nowMs = options.clock.monotonicMs();
  const waitedFor = known.waiting(path);
  let stats: Stats;
  try {
    stats = await lstat(join(options.root, path));
  } catch (error) {
    return sightOfMissing(path, known, { nowMs, error, options });
  }
  const fingerprint = fingerprintFrom(stats);
  if (stats.isDirectory() || known.isDecided(path, fingerprint)) return null;
  if (stats.isSymbolicLink()) return { kind: "refuse", fingerprint, error: linkRefusal(path) };
  const file = known.wait(path, fingerprint, nowMs);
  if (file === waitedFor && nowMs < file.lookAtMs) return null;
  const restMs = remainingRest(fingerprint, nowMs - file.sinceMs, options);
  if (restMs <= 0) return { path, fingerprint };
  file.lookAtMs = (nowMs + restMs) as MonotonicMs;
  return null;
}

interface Missing {
  readonly nowMs: MonotonicMs;
  readonly error: unknown;
  readonly options: ExamineOptions;
}

/** A file that was waited for has vanished. One that was taken is remembered until a listing is without it: its disk may be back soon. */
function sightOfMissing(path: string, known: KnownFiles, { nowMs, error, options }: Missing): Verdict | null {
  const waiting = known.waiting(path);
  if (!isErrorCode(error, "ENOENT", "ENOTDIR")) {
    if (waiting !== undefined) waiting.lookAtMs = (nowMs + options.pollMs) as MonotonicMs;
    return null;
  }
  known.stopWaiting(path);
  return waiting === undefined
    ? null
    : { kind: "refuse", fingerprint: waiting.fingerprint, error: vanished(path, error) };
}

/** ms that a file must still rest before it is looked into. */
function remainingRest(fingerprint: FileFingerprint, unchangedMs: number, { clock, settleMs }: ExamineOptions): number {
  const stampAgeMs = clock.unixMs() - fingerprint.modifiedAtMs;
  const tickMs = stampAgeMs >= TIMESTAMP_TICK_MS ? 0 : TIMESTAMP_TICK_MS - unchangedMs;
  return Math.max(tickMs, settleMs - unchangedMs);
}

/** Looks into a candidate. `null`: nothing to decide yet; its record says when to look again. */
export async function examine(
  candidate: Candidate,
  known: KnownFiles,
  options: ExamineOptions,
): Promise<Verdict | null> {
  const { path } = candidate;
  const looked = await lookInto(candidate, options);
  if ("kind" in looked) {
    if (looked.error.reason === "vanished") known.stopWaiting(path);
    return looked;
  }
  const nowMs = options.clock.monotonicMs();
  const file = known.wait(path, looked.fingerprint, nowMs);
  if (looked.inspection === null) return null;
  const decision = decisionOn(looked.inspection, looked.fingerprint, options);
  if (nowMs - file.sinceMs >= decision.afterMs) return decision.verdict;
  file.lookAtMs = (file.sinceMs + decision.afterMs) as MonotonicMs;
  return null;
}

/** What a file holds, and what its headers say; `null` where it changed while they were read. */
interface Look {
  readonly fingerprint: FileFingerprint;
  readonly inspection: Inspection | null;
}

async function lookInto({ path, fingerprint }: Candidate, { root, inspect }: ExamineOptions): Promise<Look | Refusal> {
  let file: FrameFile;
  try {
    file = await openFrameFile(join(root, path), fingerprint.sizeBytes);
  } catch (error) {
    if (isErrorCode(error, "ENOENT", "ENOTDIR")) return { kind: "refuse", fingerprint, error: vanished(path, error) };
    if (isErrorCode(error, "ELOOP")) return { kind: "refuse", fingerprint, error: linkRefusal(path) };
    // A writer may hold the file for itself alone (EBUSY, EACCES on Windows shares): it is then not finished with it.
    const missing = `a file that cannot be opened yet (${errorText(error)})`;
    return { fingerprint, inspection: { state: "incomplete", missing } };
  }
  try {
    const inspection = await inspect(file.source);
    const after = await file.fingerprint();
    return { fingerprint: after, inspection: isSameContent(after, fingerprint) ? inspection : null };
  } finally {
    await file.close();
  }
}

/** What is done with a content once it has been unchanged for `afterMs`. */
interface Decision {
  readonly afterMs: number;
  readonly verdict: Verdict;
}

function decisionOn(inspection: Inspection, fingerprint: FileFingerprint, options: ExamineOptions): Decision {
  switch (inspection.state) {
    case "unusable":
      return {
        afterMs: inspection.doubt === null ? 0 : options.incompleteTimeoutMs,
        verdict: { kind: "refuse", fingerprint, error: new FrameRejectedError(inspection.reason, inspection) },
      };
    case "incomplete":
      return {
        afterMs: options.incompleteTimeoutMs,
        verdict: { kind: "refuse", fingerprint, error: incompleteRefusal(fingerprint, inspection.missing) },
      };
    case "complete":
      return {
        afterMs: inspection.doubt === null ? 0 : options.quietMs,
        verdict: { kind: "take", fingerprint, pages: inspection.pages },
      };
  }
}

function incompleteRefusal(fingerprint: FileFingerprint, missing: string): FrameRejectedError {
  const isEmpty = fingerprint.sizeBytes === 0;
  return new FrameRejectedError(isEmpty ? "empty" : "incomplete", {
    received: isEmpty ? "a 0-byte file" : missing,
    expected: "a file that its writer finishes",
    remedy: "Write the file again; if it still grows, it is taken when it is complete.",
  });
}

function linkRefusal(path: string): FrameRejectedError {
  return new FrameRejectedError("unsupported", {
    received: `a symbolic link: ${path}`,
    expected: "a file inside the watched folder",
    remedy: "Copy the file into the folder.",
  });
}
