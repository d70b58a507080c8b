/**
 * Arrays that are used for one particle after the other: making and dropping a dozen for each costs as much as measuring it.
 *
 * @module
 */
import { PointBuffer } from "./polygon.js";

type Floats = Float32Array | Float64Array | Int32Array;

/** An array that grows to the longest length asked for. */
class Reusable<Kind extends Floats> {
  readonly #make: (length: number) => Kind;
  #array: Kind;

  constructor(make: (length: number) => Kind) {
    this.#make = make;
    this.#array = make(1024);
  }

  /** `length` elements of whatever they were before; the array taken before is overwritten. */
  take(length: number): Kind {
    if (this.#array.length < length) this.#array = this.#make(2 * length);
    return this.#array.subarray(0, length) as Kind;
  }
}

const float64 = () => new Reusable((length) => new Float64Array(length));

/** One for each frame that is measured. What a function returns of it is valid until that function is called again. */
export class Workspace {
  readonly nodes = new Reusable((length) => new Float32Array(length));
  readonly xsPx = float64();
  readonly ysPx = float64();
  readonly signatures = new Reusable((length) => new Int32Array(length));
  readonly points = new PointBuffer();
  readonly smoothed = float64();
  readonly hull = new Reusable((length) => new Int32Array(length));
  readonly outline = float64();
}
