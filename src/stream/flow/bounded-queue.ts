/**
 * A queue with a limit; whoever finds it full waits, in order.
 *
 * @module
 */

/** Most that a queue holds; it is full when either is reached, so that one item always has room. */
export interface QueueLimits {
  /** >= 1. */
  readonly items: number;
  readonly bytes: number;
}

interface Late<Item> {
  readonly item: Item;
  readonly goOn: () => void;
}

/** First in, first out, the items of those who wait for room included. */
export class BoundedQueue<Item> {
  readonly limits: QueueLimits;
  readonly #bytesOf: (item: Item) => number;
  readonly #items: Item[] = [];
  /** Items of producers that wait: they are behind all that are in. */
  readonly #late: Late<Item>[] = [];
  #bytes = 0;

  constructor(limits: QueueLimits, bytesOf: (item: Item) => number = () => 0) {
    this.limits = limits;
    this.#bytesOf = bytesOf;
  }

  get length(): number {
    return this.#items.length;
  }

  /** Of the items that are in. */
  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#items.length >= this.limits.items || this.#bytes >= this.limits.bytes;
  }

  /** The item that is next. */
  get first(): Item | undefined {
    return this.#items[0];
  }

  /** Puts `item` in line. `undefined`: it is in; else its producer is to wait until it is, or until it is taken out by {@link clear}. */
  push(item: Item): Promise<void> | undefined {
    if (!this.isFull && this.#late.length === 0) {
      this.#add(item);
      return undefined;
    }
    return new Promise((goOn) => {
      this.#late.push({ item, goOn });
    });
  }

  /** Takes the oldest item out; `undefined`: there is none. */
  shift(): Item | undefined {
    const item = this.#items.shift();
    if (item === undefined) return undefined;
    this.#bytes -= this.#bytesOf(item);
    this.#letIn();
    return item;
  }

  /** Takes everything out, oldest first, and lets all who wait go. */
  clear(): readonly Item[] {
    const late = this.#late.splice(0);
    const all = [...this.#items.splice(0), ...late.map(({ item }) => item)];
    this.#bytes = 0;
    for (const { goOn } of late) goOn();
    return all;
  }

  #letIn(): void {
    while (!this.isFull) {
      const late = this.#late.shift();
      if (late === undefined) return;
      this.#add(late.item);
      late.goOn();
    }
  }

  #add(item: Item): void {
    this.#items.push(item);
    this.#bytes += this.#bytesOf(item);
  }
}
