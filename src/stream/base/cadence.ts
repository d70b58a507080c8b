/**
 * Cadence: which frames of a stream are analysed when they come faster than that.
 *
 * @module
 */

/**
 * - `every`: all of them. When the queue is full the source waits: files stay on disk, a sender is held back.
 * - `spool`: all of them. What the queue has no room for waits on disk, up to a limit, then the source waits.
 * - `latest`: the newest. A frame that waits gives way to the one after it: for steering.
 * - `every-nth`: the first of every n, whatever the load; when the queue is full the source waits.
 * - `budget`: as many as keep the latency under a target; those that would come too late are dropped as they arrive.
 */
export const CADENCE_POLICIES = ["every", "spool", "latest", "every-nth", "budget"] as const;
export type CadencePolicy = (typeof CADENCE_POLICIES)[number];

/** The cadence of one stream. */
export type Cadence =
  | { readonly policy: "every" }
  | { readonly policy: "spool" }
  | { readonly policy: "latest" }
  /** `n` >= 1; 1 is every frame. */
  | { readonly policy: "every-nth"; readonly n: number }
  /** `targetMs`: from received to recorded, ms, > 0. */
  | { readonly policy: "budget"; readonly targetMs: number };

/** Frames of a stream that wait on disk. */
export interface SpoolState {
  readonly frames: number;
  /** Files on disk, those of frames that are being analysed included. */
  readonly bytes: number;
  readonly limitBytes: number;
  /** Why nothing can be written or read there now; `null`: it can. */
  readonly trouble: string | null;
}

/** What the numbers that a sender gives its frames say about the way they came. */
export interface SenderOrder {
  /** Frames that had a number. */
  readonly numbered: number;
  /** Numbers that were passed over and have not come. */
  readonly missing: number;
  /** Frames that came after one with a higher number. */
  readonly late: number;
  /** Numbers that came again; the frame is taken once. */
  readonly repeated: number;
}
