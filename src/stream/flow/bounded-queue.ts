/**
 * A queue with a limit, and a named answer to what happens at the limit.
 *
 * @module
 */

/**
 * - `block`: the producer waits until there is room. Nothing is lost; the source must be able to wait.
 * - `drop-oldest`: the item that has waited longest makes room. The newest is always analysed: for steering.
 * - `drop-newest`: the item that arrives is refused. What was begun is finished: for records of a burst.
 */
export const OVERFLOW_POLICIES = ["block", "drop-oldest", "drop-newest"] as const;
export type OverflowPolicy = (typeof OVERFLOW_POLICIES)[number];

export interface BoundedQueueOptions<Item> {
  /** Most items that wait, >= 1. */
  readonly limit: number;
  readonly policy: OverflowPolicy;
  /** Told of each item that the policy drops. */
  readonly onDrop: (item: Item, policy: Exclude<OverflowPolicy, "block">) => void;
}

/** First in, first out; never more than `limit` items, whatever the producers do. */
export class BoundedQueue<Item> {
  readonly #options: BoundedQueueOptions<Item>;
  readonly #items: Item[] = [];
  readonly #waitingProducers: (() => void)[] = [];
  #waitingConsumer: ((item: Item | undefined) => void) | undefined;
  #closed = false;

  constructor(options: BoundedQueueOptions<Item>) {
    this.#options = options;
  }

  get length(): number {
    return this.#items.length;
  }

  get limit(): number {
    return this.#options.limit;
  }

  get policy(): OverflowPolicy {
    return this.#options.policy;
  }

  /** Puts `item` in. Resolves to whether it was taken in: `false` once the queue is closed, and then the item is the caller's again. */
  async push(item: Item): Promise<boolean> {
    const { limit, policy, onDrop } = this.#options;
    while (policy === "block" && this.#items.length >= limit && !this.#closed) await this.#room();
    if (this.#closed) return false;
    if (this.#waitingConsumer !== undefined) {
      this.#serve(item);
      return true;
    }
    if (this.#items.length >= limit) {
      if (policy === "drop-newest") {
        onDrop(item, policy);
        return true;
      }
      const oldest = this.#items.shift();
      if (oldest !== undefined) onDrop(oldest, "drop-oldest");
    }
    this.#items.push(item);
    return true;
  }

  /** The oldest item, as soon as there is one; `undefined` once the queue is closed. One consumer waits at a time. */
  take(): Promise<Item | undefined> {
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#waitingProducers.shift()?.();
      return Promise.resolve(item);
    }
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waitingConsumer = resolve;
    });
  }

  /** Refuses further items, lets all who wait go, and hands back what was not taken. */
  close(): readonly Item[] {
    this.#closed = true;
    for (const goOn of this.#waitingProducers.splice(0)) goOn();
    this.#serve(undefined);
    return this.#items.splice(0);
  }

  #serve(item: Item | undefined): void {
    const consumer = this.#waitingConsumer;
    this.#waitingConsumer = undefined;
    consumer?.(item);
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#waitingProducers.push(resolve);
    });
  }
}
