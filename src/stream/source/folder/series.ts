/**
 * A series that is followed while its writer appends to it: what was taken of it, and what can be taken now.
 *
 * @module
 */
import type { Growth, Inspection } from "../../decode/format.js";
import type { ContentMark, FileFingerprint } from "../source.js";

/** What was taken of a file. */
export interface TakenSeries {
  readonly inode: number;
  readonly sizeBytes: number;
  readonly hash: string;
  /** Pages, from the first on. */
  readonly taken: number;
  /** Whether it is a single image, taken as a whole, to which nothing was appended since. */
  readonly isSingle: boolean;
}

/** What a file that may be a series holds now. */
export interface SeenSeries {
  readonly fingerprint: FileFingerprint;
  readonly inspection: Inspection;
  readonly growth: Growth;
  readonly mark: ContentMark;
}

/** Pages of the series that were taken before; 0 for another content. */
export function takenOf({ fingerprint, inspection, mark }: SeenSeries, before: TakenSeries | undefined): number {
  if (before === undefined || before.inode !== fingerprint.inode || before.hash !== mark.hash) return 0;
  if (fingerprint.sizeBytes < before.sizeBytes) return 0;
  // A single frame that was written again over the old one is a frame of its own, however alike the two are. One that has become longer
  // is the first page of a series whose second is being appended.
  const isLonger = fingerprint.sizeBytes > before.sizeBytes;
  return before.isSingle && isSinglePage(inspection) && !isLonger ? 0 : before.taken;
}

/** Whether a file is one frame, and finished. */
export function isSinglePage(inspection: Inspection): boolean {
  return inspection.state === "complete" && inspection.pages === 1 && inspection.doubt === null;
}

/** Keys of a series' pages, which stay when it grows. `null` where its mark says nothing. */
export function seriesPrefix(label: string, inode: number, { hash, isTelling }: ContentMark): string | null {
  return isTelling ? `${label}?${inode}~${hash}#` : null;
}
