/**
 * Random numbers that are the same on every machine: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", 2021), seeded through the finaliser of splitmix32, with a stream of its own for every purpose.
 *
 * @module
 */
import { NORMAL_TABLE } from "./normal-table.js";
import { exp } from "./portable-math.js";

/** What a stream of random numbers is for. Separate streams let noise be switched off without moving a particle. */
const STREAMS = { shapes: 1, positions: 2, noise: 3, exposure: 4, motion: 5, events: 6 } as const;
export type StreamName = keyof typeof STREAMS;

/** Means from which Poisson numbers come from a corrected normal; below, by exact inversion. */
export const NORMAL_POISSON_MEAN = 16;

/** Random numbers of one stream. */
export class Random {
  readonly #state: Int32Array;

  /** From the four words of the generator's state, not all zero. */
  constructor(state: readonly [number, number, number, number]) {
    this.#state = Int32Array.from(state);
  }

  /** An integer, 0..2^32 - 1. */
  uint32(): number {
    return this.#next() >>> 0;
  }

  /** Uniform in (0, 1), on a grid of 2^-32, never 0 or 1. */
  uniform(): number {
    return (this.uint32() + 0.5) / 4_294_967_296;
  }

  /** Uniform between `low` and `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A standard normal number. */
  normal(): number {
    return NORMAL_TABLE[this.#next() >>> 16];
  }

  /**
   * Fills `target` with standard normal numbers, two from each step of the generator.
   *
   * Noise is most of the work of a frame, so the generator runs in local variables here.
   */
  fillNormal(target: Float32Array): void {
    let [s0, s1, s2, s3] = this.#state;
    for (let i = 0; i < target.length; i += 2) {
      const fives = Math.imul(s1, 5);
      const bits = Math.imul((fives << 7) | (fives >>> 25), 9);
      const shifted = s1 << 9;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= shifted;
      s3 = (s3 << 11) | (s3 >>> 21);
      target[i] = NORMAL_TABLE[bits >>> 16];
      // One past the end of an odd target: nothing happens.
      target[i + 1] = NORMAL_TABLE[bits & 0xffff];
    }
    this.#state.set([s0, s1, s2, s3]);
  }

  /** A Poisson number of mean `mean` >= 0. */
  poisson(mean: number): number {
    if (mean < NORMAL_POISSON_MEAN) return this.#smallPoisson(mean);
    const { c0, c1, c2, c3 } = countCubic(mean, mean);
    const z = this.normal();
    return Math.max(0, Math.floor(c0 + z * (c1 + z * (c2 + z * c3)) + 0.5));
  }

  /** Inversion by sequential search: about `mean` steps. */
  #smallPoisson(mean: number): number {
    let remaining = this.uniform();
    let probability = exp(-mean);
    let count = 0;
    while (remaining > probability && probability > 1e-300) {
      remaining -= probability;
      count += 1;
      probability *= mean / count;
    }
    return count;
  }

  #next(): number {
    const state = this.#state;
    const s1 = state[1];
    const second = state[2] ^ state[0];
    const third = state[3] ^ s1;
    state[0] ^= third;
    state[1] = s1 ^ second;
    state[2] = second ^ (s1 << 9);
    state[3] = rotateLeft(third, 11);
    return Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9);
  }
}

/**
 * The stream `stream` of `seed`, a whole number 0..2^53 - 1.
 *
 * The last word is odd, so that the state is never all zero.
 */
export function createRandom(seed: number, stream: StreamName): Random {
  const high = Math.floor(seed / 4_294_967_296);
  let state = mix(mix(mix(seed | 0) ^ high) + STREAMS[stream]);
  const word = () => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state);
  };
  return new Random([word(), word(), word(), word() | 1]);
}

/** A cubic `c0 + c1 z + c2 z^2 + c3 z^3` of a normal number z. */
export interface NormalCubic {
  readonly c0: number;
  readonly c1: number;
  readonly c2: number;
  readonly c3: number;
}

/**
 * The cubic that makes a normal number a count of events that is Poisson with mean `mean` and seen with more noise: variance `variance` >= `mean`,
 * third and fourth cumulant `mean`.
 *
 * The Cornish-Fisher expansion to order 1 / sigma. From a mean of 16 on it misses mean, variance and skewness by less than 0.5 %.
 */
export function countCubic(mean: number, variance: number): NormalCubic {
  const sigma = Math.sqrt(variance);
  const share = mean / variance;
  return {
    c0: mean - share / 6,
    c1: sigma + (share / sigma) * ((5 * share) / 36 - 1 / 8),
    c2: share / 6,
    c3: (share / sigma) * (1 / 24 - share / 18),
  };
}

/** The finaliser of splitmix32: every bit of the input reaches every bit of the output. */
function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
