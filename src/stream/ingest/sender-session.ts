/**
 * What the daemon knows of one sender's items: which it has, which are settled, and how those ended that gave no result.
 *
 * A session outlives its connections, and, by the ledger, the daemon. README.md beside this file has the states of an item.
 *
 * @module
 */
import type { FrameFate } from "../base/accounting.js";
import { INGEST_LIMITS, IngestError, type IngestRefusal } from "../protocol/ingest-messages.js";

/** An item that is in the daemon's hands. */
interface OpenItem {
  /** Frames of it that have not ended: one, or those of an announced file. */
  framesLeft: number;
  refusal: IngestRefusal | null;
}

/** Refusals that are kept for a sender that is not there. */
const REFUSALS_KEPT = 4_096;
const NUMBER_DIGITS = 12;

/** Whoever follows a session: its connection. */
export interface SessionFollower {
  /** Something was settled. */
  settled(): void;
  /** Another connection has taken the session over. */
  replaced(): void;
}

export class SenderSession {
  readonly stream: string;
  /** Begins the key of each of its frames. */
  readonly keyPrefix: string;
  readonly #open = new Map<number, OpenItem>();
  readonly #refusals: IngestRefusal[] = [];
  #takenThrough: number;
  #settledThrough: number;
  #follower: SessionFollower | undefined;
  #turn: Promise<void> = Promise.resolve();

  /** `settledThrough`: the last item that is settled, as the ledger or the sender knows; 0 without one. */
  constructor(name: { readonly stream: string; readonly session: string }, settledThrough: number) {
    this.stream = name.stream;
    this.keyPrefix = sessionPrefix(name);
    this.#takenThrough = settledThrough;
    this.#settledThrough = settledThrough;
  }

  /** Number of the last item that the daemon has in its hands. */
  get takenThrough(): number {
    return this.#takenThrough;
  }

  /** Number up to which all items are settled. */
  get settledThrough(): number {
    return this.#settledThrough;
  }

  /** Whether nobody would miss it: no connection, nothing under way. */
  get isIdle(): boolean {
    return this.#follower === undefined && this.#open.size === 0;
  }

  /** Told of what changes, in place of whoever was before. Gives a way to stop. */
  follow(follower: SessionFollower): () => void {
    this.#follower?.replaced();
    this.#follower = follower;
    return () => {
      if (this.#follower === follower) this.#follower = undefined;
    };
  }

  /**
   * Takes an item over and works on it after all before it, whatever connection they came by. Resolves when `work` has: the next item may
   * come. An item that is here already is left alone. Raises IngestError `out-of-order` for one that comes too early.
   */
  async take(number: number, work: () => Promise<void>): Promise<void> {
    if (number > this.#takenThrough + 1) throw outOfOrder(number, this.#takenThrough + 1);
    if (number <= this.#takenThrough) return;
    this.#takenThrough = number;
    this.#open.set(number, { framesLeft: 1, refusal: null });
    this.#turn = this.#turn.then(work);
    await this.#turn;
  }

  /** An item has this many frames, >= 1. To be said before the first of them is offered. */
  expect(number: number, frames: number): void {
    const item = this.#open.get(number);
    if (item !== undefined) item.framesLeft = frames;
  }

  /** A frame of an item has ended, or an item without frames is done. */
  settle(number: number, fate: FrameFate): void {
    const item = this.#open.get(number);
    // A frame that the daemon could not finish before it ends is the next daemon's, to which it is sent again.
    if (item === undefined || (fate.kind === "dropped" && fate.cause === "intake/shutdown")) return;
    item.framesLeft -= 1;
    if (fate.kind !== "committed") item.refusal ??= refusalOf(number, fate);
    while (this.#open.get(this.#settledThrough + 1)?.framesLeft === 0) this.#advance();
    this.#follower?.settled();
  }

  /** The refusals of items that are settled and were not told, at most `limit`; they count as told then. */
  takeRefusals(limit: number): readonly IngestRefusal[] {
    return this.#refusals.splice(0, limit);
  }

  #advance(): void {
    this.#settledThrough += 1;
    const refusal = this.#open.get(this.#settledThrough)?.refusal ?? null;
    this.#open.delete(this.#settledThrough);
    if (refusal !== null && this.#refusals.length < REFUSALS_KEPT) this.#refusals.push(refusal);
  }
}

/** The key of a frame: numbers are written with leading zeros, so that keys are ordered as they are. */
export function itemKey(prefix: string, number: number): string {
  return `${prefix}${String(number).padStart(NUMBER_DIGITS, "0")}`;
}

/** The key of a frame (from 0) of an announced file. */
export function announcedKey(prefix: string, number: number, page: number): string {
  return `${itemKey(prefix, number)}#${page}`;
}

export function sessionPrefix({ stream, session }: { readonly stream: string; readonly session: string }): string {
  return `${stream}/${session}/`;
}

/** Session and number of a key that {@link itemKey} or {@link announcedKey} has made. */
export function parseKey(key: string): { readonly prefix: string; readonly number: number; readonly isPart: boolean } {
  const at = key.lastIndexOf("/") + 1;
  const [digits = "", page] = key.slice(at).split("#");
  return { prefix: key.slice(0, at), number: Number(digits), isPart: page !== undefined };
}

/**
 * The last item that is settled, from the greatest key that is recorded: frames are recorded in the order of their numbers. Of an
 * announced file some frames may be missing: it is asked for again, and those that are recorded are not analysed again.
 */
export function settledThroughOf(lastKey: string | undefined): number {
  if (lastKey === undefined) return 0;
  const { number, isPart } = parseKey(lastKey);
  return isPart ? number - 1 : number;
}

function refusalOf(number: number, fate: Exclude<FrameFate, { kind: "committed" }>): IngestRefusal {
  return { number, kind: fate.kind, reason: fate.kind === "rejected" ? fate.reason : fate.cause };
}

function outOfOrder(number: number, expected: number): IngestError {
  return new IngestError("out-of-order", {
    received: `item ${number}`,
    expected: `item ${expected}, or one before it again`,
    remedy: `Number items 1, 2, 3, ... and send them in that order, at most ${INGEST_LIMITS.window} beyond what is taken.`,
  });
}
