/**
 * Events that the ring no longer holds, read back page by page at the pace of the one client that needs them.
 *
 * @module
 */
import type { EventMessage, GapMessage } from "../protocol/messages.js";

/**
 * Reads recorded events from `fromSeq` on, oldest first, as many as make a page, none after `toSeq`. None at all: nothing of the
 * range is recorded any more. Rejects when the record cannot be read now.
 */
export type ReadPast = (fromSeq: number, toSeq: number) => Promise<readonly EventMessage[]>;

export interface CatchUpOptions {
  readonly read: ReadPast;
  /** A page is here: ask again. */
  readonly onPage: () => void;
  /** The record cannot be read. */
  readonly onFailure: (error: unknown) => void;
}

/** What the record says of `fromSeq..toSeq`. */
interface Page {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly events: readonly EventMessage[];
}

/** Holds one page at most, and reads the next when it is asked for what lies behind it. */
export class CatchUp {
  readonly #options: CatchUpOptions;
  #page: Page | null = null;
  /** Where the page begins that is being read. */
  #readingFrom: number | null = null;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /**
   * The event `seq`, or the gap that begins there because the record no longer has it. `undefined` while it is being read. `toSeq` is
   * the last event that is to come from here.
   */
  at(seq: number, toSeq: number): EventMessage | GapMessage | undefined {
    const page = this.#page;
    if (page === null || seq < page.fromSeq || seq > page.toSeq) {
      void this.#read(seq, toSeq);
      return undefined;
    }
    const next = page.events.find((event) => event.seq >= seq);
    if (next?.seq === seq) return next;
    return { op: "gap", fromSeq: seq, toSeq: (next?.seq ?? page.toSeq + 1) - 1 };
  }

  /** The client reads from the ring again. */
  forget(): void {
    this.#page = null;
    this.#readingFrom = null;
  }

  async #read(fromSeq: number, toSeq: number): Promise<void> {
    if (this.#readingFrom === fromSeq) return;
    this.#readingFrom = fromSeq;
    // A client that has asked for other events meanwhile no longer waits for these.
    const isAwaited = () => this.#readingFrom === fromSeq;
    try {
      const events = await this.#options.read(fromSeq, toSeq);
      if (!isAwaited()) return;
      this.#readingFrom = null;
      this.#page = { fromSeq, toSeq: events.at(-1)?.seq ?? toSeq, events };
      this.#options.onPage();
    } catch (error) {
      if (isAwaited()) this.#options.onFailure(error);
    }
  }
}
