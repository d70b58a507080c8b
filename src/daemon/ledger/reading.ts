/**
 * Questions to a ledger that is being written, answered in a thread of their own.
 *
 * @module
 */
import { errorText } from "../../stream/base/errors.js";
import type { EventMessage } from "../../stream/protocol/messages.js";
import type { Logger } from "../observe/log.js";
import { LedgerClosedError } from "./errors.js";
import type { LedgerLink } from "./link.js";
import type { RunSummary } from "./records.js";
import type { OpenedRun } from "./service.js";

/** Events that are read back at a time for a client that is far behind: half a megabyte. */
const PAGE_EVENTS = 128;

export interface ReadingOptions {
  readonly path: string;
  readonly startThread: (path: string) => LedgerLink;
  readonly log: Logger;
}

/** Every method rejects with SQLite's error when the file cannot be read now, and with LedgerClosedError once it is closed. */
export class LedgerReading {
  readonly #options: ReadingOptions;
  #link: Promise<LedgerLink> | undefined;
  #isClosed = false;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  async runs(): Promise<readonly RunSummary[]> {
    return (await this.#reader()).call("runs");
  }

  /** `null`: there is no run of this number. */
  async openRun(id: number): Promise<OpenedRun | null> {
    return (await this.#reader()).call("openRun", id);
  }

  /** Events `fromSeq..toSeq` that are still recorded, oldest first, a page at most. */
  async events(fromSeq: number, toSeq: number): Promise<readonly EventMessage[]> {
    try {
      return await (await this.#reader()).call("events", fromSeq, toSeq, PAGE_EVENTS);
    } catch (error) {
      if (!this.#isClosed)
        this.#options.log.warn(
          { event: "events-unreadable", err: error, fromSeq },
          "events could not be read for a client",
        );
      throw error;
    }
  }

  /** What is wrong with the file, or `null`. Has a thread of its own: for a large file it takes minutes. Never rejects. */
  async check(): Promise<string | null> {
    try {
      const link = await this.#start();
      return await link.call("check").finally(() => link.close());
    } catch (error) {
      return errorText(error);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const link = await this.#link?.catch(() => undefined);
    await link?.close();
  }

  #reader(): Promise<LedgerLink> {
    if (this.#isClosed) return Promise.reject(new LedgerClosedError());
    this.#link ??= this.#start().catch((error: unknown) => {
      this.#link = undefined;
      throw error;
    });
    return this.#link;
  }

  async #start(): Promise<LedgerLink> {
    const { path, startThread } = this.#options;
    const link = startThread(path);
    await link.call("openReader", path);
    return link;
  }
}
