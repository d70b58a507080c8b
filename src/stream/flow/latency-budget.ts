/**
 * How many frames may be under way so that each is done in time.
 *
 * By Little's law the time a frame takes is the number of frames under way times the time between two results. The second is learnt from
 * each frame that ends; the first is what can be chosen.
 *
 * @module
 */

/** Weights of a new figure: slower than thought is believed at once, faster only after a while, so that a lull is no promise. */
const BELIEF = { slower: 0.5, faster: 1 / 32 } as const;

/** Keeps the latency of one stream under a target, as far as that can be done by letting frames out. */
export class LatencyBudget {
  readonly targetMs: number;
  /** Frames under way, each with how many there were when it came, itself included. */
  readonly #underWay = new Map<number, number>();
  /** Time a frame adds to those under way, ms; `null` before the first has ended. */
  #msPerFrame: number | null = null;

  constructor(targetMs: number) {
    this.targetMs = targetMs;
  }

  /** Frames that may be under way. One always may: where even that one is late, as many as can be are analysed all the same. */
  get limit(): number {
    return this.#msPerFrame === null ? 1 : Math.max(1, Math.floor(this.targetMs / this.#msPerFrame));
  }

  get hasRoom(): boolean {
    return this.#underWay.size < this.limit;
  }

  begin(seq: number): void {
    this.#underWay.set(seq, this.#underWay.size + 1);
  }

  /** Frame `seq` is recorded, `latencyMs` after it came; `null`: it was not analysed, and says nothing. Others than those begun are ignored. */
  end(seq: number, latencyMs: number | null): void {
    const underWay = this.#underWay.get(seq);
    this.#underWay.delete(seq);
    if (underWay === undefined || latencyMs === null) return;
    const found = latencyMs / underWay;
    const known = this.#msPerFrame ?? found;
    this.#msPerFrame = known + (found - known) * (found > known ? BELIEF.slower : BELIEF.faster);
  }
}
