/**
 * What a folder source remembers: one small record a file that is still there.
 *
 * @module
 */
import type { MonotonicMs } from "../../base/units.js";
import type { FileFingerprint } from "../source.js";
import { isSameContent } from "./fingerprint.js";
import type { TakenSeries } from "./series.js";

/** A content that was seen and is neither taken nor refused yet. */
export interface WaitingFile {
  readonly fingerprint: FileFingerprint;
  /** When this content was first seen: the file is unchanged since. */
  readonly sinceMs: MonotonicMs;
  /** When to look again if no event comes before. */
  lookAtMs: MonotonicMs;
  /** When it was looked into last, whatever it held then; at first, when it was seen. */
  lookedAtMs: MonotonicMs;
  /** Whether it held something else before: somebody writes to it. */
  readonly hasChanged: boolean;
}

/** By path relative to the root. A path is in at most one of the two maps; a new content replaces an old one. */
export class KnownFiles {
  readonly #decided = new Map<string, FileFingerprint>();
  readonly #waiting = new Map<string, WaitingFile>();
  readonly #series = new Map<string, TakenSeries>();

  /** Whether any content of this path was seen. */
  has(path: string): boolean {
    return this.#decided.has(path) || this.#waiting.has(path);
  }

  /** Whether this content was taken or refused: each is only once. */
  isDecided(path: string, fingerprint: FileFingerprint): boolean {
    const decided = this.#decided.get(path);
    return decided !== undefined && isSameContent(decided, fingerprint);
  }

  decide(path: string, fingerprint: FileFingerprint): void {
    this.#waiting.delete(path);
    this.#decided.set(path, fingerprint);
  }

  waiting(path: string): WaitingFile | undefined {
    return this.#waiting.get(path);
  }

  /** The record of a content that waits, begun anew when the content is a new one. */
  wait(path: string, fingerprint: FileFingerprint, nowMs: MonotonicMs): WaitingFile {
    const known = this.#waiting.get(path);
    if (known !== undefined && isSameContent(known.fingerprint, fingerprint)) return known;
    const hasChanged = this.has(path);
    const lookedAtMs = known?.lookedAtMs ?? nowMs;
    const file = { fingerprint, sinceMs: nowMs, lookAtMs: nowMs, lookedAtMs, hasChanged };
    this.#decided.delete(path);
    this.#waiting.set(path, file);
    return file;
  }

  /** What was taken of a file that may grow. */
  series(path: string): TakenSeries | undefined {
    return this.#series.get(path);
  }

  follow(path: string, series: TakenSeries): void {
    this.#series.set(path, series);
  }

  stopWaiting(path: string): void {
    this.#waiting.delete(path);
  }

  /** Forgets taken and refused files that a listing does not have. Those that wait are left to whoever reports that they vanished. */
  keepOnly(present: ReadonlySet<string>): void {
    for (const map of [this.#decided, this.#series]) {
      for (const path of map.keys()) if (!present.has(path)) map.delete(path);
    }
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Paths that wait, all or those due at `nowMs`. */
  *waitingPaths(nowMs: MonotonicMs | null): Generator<string> {
    for (const [path, file] of this.#waiting) if (nowMs === null || file.lookAtMs <= nowMs) yield path;
  }

  /** When the first waiting file is due, Infinity for none. */
  nextLookMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { lookAtMs } of this.#waiting.values()) next = Math.min(next, lookAtMs);
    return next;
  }
}
