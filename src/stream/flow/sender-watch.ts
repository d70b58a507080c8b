/**
 * What the numbers of a sender tell: frames that are missing, that come late, and that come again.
 *
 * @module
 */
import type { SenderOrder } from "../base/cadence.js";

/** Gaps that are remembered for a stream; frames of older ones that come after all count as repeated. */
const GAPS_KEPT = 4_096;
/** Streams of a source that are remembered; one that comes back after so many others begins anew. */
const STREAMS_KEPT = 64;

/** Numbers `from..to` that have not come. */
interface Gap {
  readonly from: number;
  readonly to: number;
}

/** How a number came, and by how much it changes what is missing. */
interface Sight {
  readonly kind: "next" | "late" | "repeated";
  readonly missing: number;
}

/** One stream of numbers: what lies between its lowest and its highest and has not come is missing. */
class NumberedStream {
  #lowest: number;
  #highest: number;
  /** Ascending, apart from each other. */
  readonly #gaps: Gap[] = [];

  constructor(first: number) {
    this.#lowest = first;
    this.#highest = first;
  }

  /** Takes a number after the first. */
  see(number: number): Sight {
    if (number > this.#highest) {
      const missing = this.#pass({ from: this.#highest + 1, to: number - 1 }, "push");
      this.#highest = number;
      return { kind: "next", missing };
    }
    if (number < this.#lowest) {
      const missing = this.#pass({ from: number + 1, to: this.#lowest - 1 }, "unshift");
      this.#lowest = number;
      return { kind: "late", missing };
    }
    return this.#fill(number) ? { kind: "late", missing: -1 } : { kind: "repeated", missing: 0 };
  }

  /** Remembers a gap, if it is one, at its end of the list, and gives its size. */
  #pass(gap: Gap, put: "push" | "unshift"): number {
    const size = gap.to - gap.from + 1;
    if (size <= 0) return 0;
    this.#gaps[put](gap);
    if (this.#gaps.length > GAPS_KEPT) this.#gaps.shift();
    return size;
  }

  /** Whether `number` was missing; it no longer is. */
  #fill(number: number): boolean {
    const index = this.#gaps.findLastIndex(({ from, to }) => from <= number && number <= to);
    const gap = this.#gaps[index];
    if (gap === undefined) return false;
    const left = [
      { from: gap.from, to: number - 1 },
      { from: number + 1, to: gap.to },
    ].filter(({ from, to }) => from <= to);
    this.#gaps.splice(index, 1, ...left);
    return true;
  }
}

/** The numbers of one source, over all its streams. */
export class SenderWatch {
  readonly #streams = new Map<string, NumberedStream>();
  #numbered = 0;
  #missing = 0;
  #late = 0;
  #repeated = 0;

  /** A frame came with this number. */
  see(stream: string, number: number): void {
    this.#numbered += 1;
    const known = this.#streams.get(stream);
    if (known === undefined) {
      this.#begin(stream, number);
      return;
    }
    const { kind, missing } = known.see(number);
    this.#missing += missing;
    if (kind === "late") this.#late += 1;
    else if (kind === "repeated") this.#repeated += 1;
  }

  /** A frame came again that is known by its key. */
  seeAgain(): void {
    this.#numbered += 1;
    this.#repeated += 1;
  }

  /** `null`: this source's frames have no numbers. */
  order(): SenderOrder | null {
    if (this.#numbered === 0) return null;
    return { numbered: this.#numbered, missing: this.#missing, late: this.#late, repeated: this.#repeated };
  }

  #begin(stream: string, number: number): void {
    this.#streams.set(stream, new NumberedStream(number));
    const [oldest] = this.#streams.keys();
    if (this.#streams.size > STREAMS_KEPT && oldest !== undefined) this.#streams.delete(oldest);
  }
}
