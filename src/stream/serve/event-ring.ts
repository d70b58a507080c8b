/**
 * The latest events, held once for all clients: a client that is behind owns a position here and no copies.
 *
 * @module
 */
import type { EventMessage } from "../protocol/messages.js";
import { Parcel } from "./parcel.js";

export class EventRing {
  readonly #slots: Parcel[] = [];
  readonly #capacity: number;
  readonly #firstEver: number;
  #lastSeq: number;

  /** `capacity`: events held, >= 1. `lastSeq`: the event before the first that will be pushed. */
  constructor(capacity: number, lastSeq = 0) {
    this.#capacity = capacity;
    this.#firstEver = lastSeq + 1;
    this.#lastSeq = lastSeq;
  }

  /** Last `seq` published, 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Oldest `seq` that is held; `lastSeq + 1` when none is. */
  get firstSeq(): number {
    return Math.max(this.#lastSeq - this.#capacity + 1, this.#firstEver);
  }

  /** Adds the next event; the oldest makes room, and the one before it shrinks to its bytes. Raises RangeError when `event.seq` is not the one after the last. */
  push(event: EventMessage): void {
    if (event.seq !== this.#lastSeq + 1) {
      throw new RangeError(`event ${event.seq} was published after ${this.#lastSeq}; events are published in order`);
    }
    this.at(this.#lastSeq)?.shrink();
    this.#lastSeq = event.seq;
    this.#slots[event.seq % this.#capacity] = new Parcel(event);
  }

  /** The event `seq`, if it is held. */
  at(seq: number): Parcel | undefined {
    return seq >= this.firstSeq && seq <= this.#lastSeq ? this.#slots[seq % this.#capacity] : undefined;
  }
}
