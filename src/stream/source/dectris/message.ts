/**
 * What a DECTRIS detector says, in whichever version of its stream interface.
 *
 * @module
 */
import type { FrameRejectedError } from "../../base/frame.js";
import type { PixelsPayload, PixelType } from "../source.js";

/** A series begins. */
export interface SeriesStart {
  readonly kind: "start";
  /** Tells this series from every other one, as long as the detector itself does. */
  readonly series: string;
  /** What its run is called and described as. */
  readonly name: string;
  readonly notes: string;
  /** Images that will come; `null`: it does not say. */
  readonly plannedImages: number | null;
}

/** An image of a series. */
export interface SeriesImage {
  readonly kind: "image";
  readonly series: string;
  /** The series as a person calls it: `series 7`. */
  readonly seriesName: string;
  /** The detector's own number of it, from 0. */
  readonly number: number;
  /** Unique for ever. */
  readonly key: string;
  /** Its pixels, or why they cannot be used. */
  readonly pixels: PixelsPayload | FrameRejectedError;
}

export interface SeriesEnd {
  readonly kind: "end";
  readonly series: string;
}

/** What is neither, and is for others. */
export interface OtherMessage {
  readonly kind: "other";
}

export type DectrisMessage = SeriesStart | SeriesImage | SeriesEnd | OtherMessage;

/**
 * What a DECTRIS detector gives for pixels that it has masked and for gaps between its modules: the largest number there is. Of 8 bits it may
 * also be a count.
 */
export function noDataOf(type: PixelType): Pick<PixelsPayload, "noData"> {
  if (type === "u16") return { noData: 0xffff };
  return type === "u32" ? { noData: 0xffff_ffff } : {};
}

/** Longest note made of what the user of the detector had added, characters. */
const USER_DATA_LENGTH = 500;

/** Notes of a run: what is known, `undefined` left out. */
export function notesFrom(facts: readonly (string | undefined)[], userData: unknown): string {
  const added = userData === undefined || userData === null || userData === "" ? undefined : JSON.stringify(userData);
  return [...facts, added?.slice(0, USER_DATA_LENGTH)].filter((fact) => fact !== undefined).join(", ");
}
