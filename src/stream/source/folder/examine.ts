/**
 * Deciding on one file: take it, refuse it, or look again later.
 *
 * @module
 */
import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { join, sep } from "node:path";
import { errorText } from "../../base/errors.js";
import { FrameRejectedError } from "../../base/frame.js";
import type { MonotonicMs } from "../../base/units.js";
import type { ByteSource, CompleteImage, Growth, Inspection } from "../../decode/format.js";
import type { Clock } from "../../flow/clock.js";
import type { ContentMark, FileFingerprint } from "../source.js";
import { isErrorCode } from "./error-code.js";
import { contentPrefix, fingerprintFrom, isKeyOfFirstPage, isSameContent, mayHaveGrown } from "./fingerprint.js";
import { type FrameFile, openFrameFile } from "./frame-file.js";
import { isKeyOfShorterContent } from "./frame-key.js";
import type { KnownFiles, WaitingFile } from "./known-files.js";
import { markOf } from "./mark.js";
import { vanished } from "./read-frame.js";
import { incompleteRefusal, linkRefusal } from "./refusals.js";
import { isSinglePage, seriesPrefix, type TakenSeries, takenOf } from "./series.js";

/**
 * Coarsest tick of the clock that stamps files: 15.6 ms on Windows, 1 to 10 ms on Linux. Two contents written within one tick can
 * have the same fingerprint, so that a file is taken only when its stamp is older than that: every later write then shows.
 */
const TIMESTAMP_TICK_MS = 16;

/** A file that is written to all the time is looked into this often, ms: it may be a series of which pages are whole. */
const RESTLESS_MS = 30;

export interface ExamineOptions {
  readonly root: string;
  readonly clock: Clock;
  /** What the headers of an image say. */
  readonly inspect: (source: ByteSource) => Promise<Inspection>;
  readonly settleMs: number;
  readonly quietMs: number;
  readonly incompleteTimeoutMs: number;
  /** The greatest recorded key that begins with `prefix`. */
  readonly lastRecorded: (prefix: string) => string | undefined;
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

/** Pages that are to be offered. */
export interface Taking {
  readonly kind: "take";
  readonly fingerprint: FileFingerprint;
  /** From this one (from 0) up to `pages`; both may be the same: there is nothing new. */
  readonly from: number;
  readonly pages: number;
  /** Of formats that grow by pages. */
  readonly mark: ContentMark | null;
  /** Whether the file is done with until it changes. */
  readonly isLast: boolean;
}

export type Verdict = Taking | Refusal;

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
  if (restMs <= 0 || isToBeFollowed(file, known.series(path), nowMs, options)) return { path, fingerprint };
  file.lookAtMs = (nowMs + restMs) as MonotonicMs;
  return null;
}

/** Whether a file that does not rest may be a series to which pages are appended, and is to be looked into all the same. */
function isToBeFollowed(
  { hasChanged, lookedAtMs }: WaitingFile,
  series: TakenSeries | undefined,
  nowMs: MonotonicMs,
  { settleMs }: ExamineOptions,
): boolean {
  const pauseMs = series === undefined ? RESTLESS_MS : 0;
  return settleMs === 0 && hasChanged && nowMs - lookedAtMs >= pauseMs;
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
  // What was whole of a series was taken.
  return waiting === undefined || (known.series(path)?.taken ?? 0) > 0
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
  file.lookedAtMs = nowMs;
  if (looked.inspection === null) return null;
  const seen: Seen = { ...looked, inspection: looked.inspection, file, pages: pagesOf(path, looked, known, options) };
  const unchangedMs = nowMs - file.sinceMs;
  const restMs = looked.isMoving ? TIMESTAMP_TICK_MS : remainingRest(looked.fingerprint, unchangedMs, options);
  const decision = decisionOn(seen, options);
  if (restMs <= 0 && unchangedMs >= decision.afterMs) return decision.verdict;
  const isQuiet = unchangedMs >= options.quietMs;
  const nextMs = isQuiet ? decision.afterMs : Math.min(decision.afterMs, options.quietMs);
  file.lookAtMs = (restMs > 0 ? nowMs + restMs : file.sinceMs + nextMs) as MonotonicMs;
  return restMs > 0 && options.settleMs > 0 ? null : wholePages(seen, isQuiet);
}

/** A look at a file, with what is known of it. */
interface Seen extends Look {
  readonly inspection: Inspection;
  readonly file: WaitingFile;
  readonly pages: { readonly taken: number; readonly isFollowed: boolean };
}

/** What was taken of the series in a file, by this source or by the daemon before. */
function pagesOf(
  path: string,
  { fingerprint, inspection, growth, mark }: Look,
  known: KnownFiles,
  { lastRecorded }: ExamineOptions,
): Seen["pages"] {
  if (inspection === null || growth === null || mark === null) return { taken: 0, isFollowed: false };
  const before = known.series(path);
  const taken = takenOf({ fingerprint, inspection, growth, mark }, before);
  if (before !== undefined) return { taken, isFollowed: taken > 0 };
  const label = labelOf(path);
  // It was one page, and taken as such, when the daemon before ended.
  const single = lastRecorded(contentPrefix(label, fingerprint));
  const isBegun =
    single !== undefined &&
    isKeyOfFirstPage(single, mark) &&
    (!isSinglePage(inspection) || isKeyOfShorterContent(single, fingerprint));
  if (isBegun || isSinglePage(inspection)) return { taken: isBegun ? 1 : 0, isFollowed: isBegun };
  const prefix = seriesPrefix(label, fingerprint.inode, mark);
  return { taken: 0, isFollowed: prefix !== null && lastRecorded(prefix) !== undefined };
}

/** Pages of an unfinished series that can be taken already. */
function wholePages({ inspection, growth, mark, fingerprint, file, pages }: Seen, isQuiet: boolean): Taking | null {
  if (growth === null || isSinglePage(inspection)) return null;
  // What ends in zeros waits for its data; where the file has rested, it is dark there. A file that is filled in is a case of its own.
  const isFilledIn = inspection.state === "complete" && file.hasChanged;
  const whole = isQuiet && !isFilledIn ? growth.pages : growth.written;
  if (whole <= pages.taken) return null;
  return { kind: "take", fingerprint, from: pages.taken, pages: whole, mark, isLast: false };
}

/** What a file holds, and what its headers say; `null` where it changed while they were read. */
interface Look {
  readonly fingerprint: FileFingerprint;
  readonly inspection: Inspection | null;
  /** Of formats that grow by pages. */
  readonly growth: Growth | null;
  readonly mark: ContentMark | null;
  /** Whether something was appended while it was looked at. */
  readonly isMoving: boolean;
}

async function lookInto({ path, fingerprint }: Candidate, { root, inspect }: ExamineOptions): Promise<Look | Refusal> {
  const nothing = { growth: null, mark: null, isMoving: false };
  let file: FrameFile;
  try {
    file = await openFrameFile(join(root, path), fingerprint.sizeBytes);
  } catch (error) {
    if (isErrorCode(error, "ENOENT", "ENOTDIR")) return { kind: "refuse", fingerprint, error: vanished(path, error) };
    if (isErrorCode(error, "ELOOP")) return { kind: "refuse", fingerprint, error: linkRefusal(path) };
    // A writer may hold the file for itself alone (EBUSY, EACCES on Windows shares): it is then not finished with it.
    const missing = `a file that cannot be opened yet (${errorText(error)})`;
    return { fingerprint, inspection: { state: "incomplete", missing }, ...nothing };
  }
  try {
    const inspection = await inspect(file.source);
    const growth = inspection.state === "unusable" ? null : (inspection.growth ?? null);
    const mark = growth === null ? null : await markOf(file.source, growth);
    const after = await file.fingerprint();
    if (isSameContent(after, fingerprint)) return { fingerprint, inspection, growth, mark, isMoving: false };
    if (growth === null || !mayHaveGrown(after, fingerprint))
      return { fingerprint: after, inspection: null, ...nothing };
    return { fingerprint: after, inspection, growth, mark, isMoving: true };
  } finally {
    await file.close();
  }
}

/** What is done with a content once it has been unchanged for `afterMs`. */
interface Decision {
  readonly afterMs: number;
  readonly verdict: Verdict;
}

function decisionOn(seen: Seen, options: ExamineOptions): Decision {
  const { inspection, fingerprint } = seen;
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
      return decisionOnComplete(seen, inspection, options);
  }
}

function decisionOnComplete(
  { fingerprint, growth, mark, file, pages: { taken, isFollowed } }: Seen,
  { doubt, pages: counted }: CompleteImage,
  options: ExamineOptions,
): Decision {
  // A file that was allocated first and whose writer has ended: what is missing will not come, and zeros are no frames.
  if (growth !== null && counted > 1 && file.hasChanged && growth.written < Math.min(counted, growth.pages)) {
    const missing = `a series that was written up to page ${growth.written} of ${counted}`;
    const error = incompleteRefusal(fingerprint, missing);
    return { afterMs: options.incompleteTimeoutMs, verdict: { kind: "refuse", fingerprint, error } };
  }
  // A header may count less than there is; whether that is a frame is told by a file that was seen to grow.
  const isGrown = growth !== null && (isFollowed || file.hasChanged) && doubt !== null;
  const pages = Math.max(taken, counted, isGrown ? growth.pages : 0);
  return {
    afterMs: doubt === null ? 0 : options.quietMs,
    verdict: { kind: "take", fingerprint, from: taken, pages, mark, isLast: true },
  };
}

/** A path as people and keys have it. */
export function labelOf(path: string): string {
  return path.split(sep).join("/");
}
