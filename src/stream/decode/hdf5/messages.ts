/**
 * What the thread that reads HDF5 is asked, and what it answers.
 *
 * @module
 */
import type { Frame, RejectionReason } from "../../base/frame.js";

/** Where the bytes of a file are: in memory, or open in this process under a number. */
export type Hdf5Place =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly descriptor: number; readonly sizeBytes: number };

export interface Hdf5Request {
  readonly id: number;
  readonly place: Hdf5Place;
  /** Path of the dataset, or `null` for the one that looks like the image. */
  readonly dataset: string | null;
  /** The page to decode, or `null` to count them. */
  readonly page: number | null;
}

export type Hdf5Reply =
  | { readonly id: number; readonly state: "counted"; readonly pages: number }
  | { readonly id: number; readonly state: "decoded"; readonly frame: Frame }
  | {
      readonly id: number;
      readonly state: "refused";
      readonly reason: RejectionReason;
      readonly received: string;
      readonly expected: string;
      readonly remedy: string;
    }
  /** The library may be in a state of its own making: the thread is not asked again. */
  | { readonly id: number; readonly state: "broken"; readonly detail: string };
