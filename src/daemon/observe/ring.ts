/**
 * The last so many of something.
 *
 * @module
 */

export class Ring<Item> {
  readonly #limit: number;
  readonly #items: Item[] = [];
  /** Where the oldest is, once the ring is full. */
  #oldest = 0;

  /** `limit`: items held at most, >= 1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(item: Item): void {
    if (this.#items.length < this.#limit) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#oldest] = item;
    this.#oldest = (this.#oldest + 1) % this.#limit;
  }

  /** All that are held, oldest first. */
  all(): readonly Item[] {
    return [...this.#items.slice(this.#oldest), ...this.#items.slice(0, this.#oldest)];
  }
}
