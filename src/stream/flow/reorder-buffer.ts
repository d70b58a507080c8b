/**
 * Puts results back into the order of intake.
 *
 * @module
 */

/**
 * Holds what has come too early and releases it as soon as all before it has come.
 *
 * It needs no limit of its own: it never holds more than there are frames in flight, which intake bounds.
 */
export class ReorderBuffer<Item> {
  readonly #early = new Map<number, Item>();
  #next: number;

  /** `first` is the number of the first item that will be released. */
  constructor(first = 1) {
    this.#next = first;
  }

  /** Number of items that wait for one before them. */
  get held(): number {
    return this.#early.size;
  }

  /** Takes item number `seq`, and gives all that are now in order. A number that has come before is a defect and raises RangeError. */
  put(seq: number, item: Item): readonly Item[] {
    if (seq < this.#next || this.#early.has(seq)) throw new RangeError(`item ${seq} came twice`);
    this.#early.set(seq, item);
    const inOrder: Item[] = [];
    for (;;) {
      const item = this.#early.get(this.#next);
      if (item === undefined) return inOrder;
      this.#early.delete(this.#next);
      this.#next += 1;
      inOrder.push(item);
    }
  }
}
