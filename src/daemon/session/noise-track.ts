/**
 * The noise of each stream over time, as the frames before a frame show it.
 *
 * What a frame is told depends on the frames before it and their order only: those that lie {@link LAG_FRAMES} and more before it, whose results are
 * there in any case. So the same stream, played again or taken up by another daemon after a crash, is filtered the same way.
 *
 * @module
 */
import type { EventMessage } from "../../stream/protocol/messages.js";
import { STEADY_FRAMES } from "../denoise/steady.js";

/** More frames than analyzers have under way, GPUs with batches included. */
const LAG_FRAMES = 64;

interface Measured {
  readonly seq: number;
  readonly sigma: number;
}

/** One daemon's streams, by the names of their sources. */
export class NoiseTrack {
  readonly #streams = new Map<string, Measured[]>();
  #lastSeq: number;
  #waiting: (() => void)[] = [];
  #isOver = false;

  /** `lastSeq` is the last frame of the daemon before, `events` its last ones, oldest first. */
  constructor(events: readonly EventMessage[] = [], lastSeq = 0) {
    this.#lastSeq = lastSeq;
    for (const event of events) {
      if (event.op === "frame") this.#add(event.source, { seq: event.seq, sigma: event.noise?.sigma ?? Number.NaN });
    }
  }

  /**
   * Standard deviation of the noise of frames before frame `seq`, in intensities: the mean of the last {@link STEADY_FRAMES} that lie far enough
   * before it. `null` where there are none. Waits until they are all known.
   */
  async before(source: string, seq: number): Promise<number | null> {
    while (!this.#isOver && this.#lastSeq < seq - LAG_FRAMES)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const known = (this.#streams.get(source) ?? []).filter((measured) => measured.seq <= seq - LAG_FRAMES);
    const last = known.slice(-STEADY_FRAMES);
    return last.length === 0 ? null : last.reduce((sum, { sigma }) => sum + sigma, 0) / last.length;
  }

  /** Frame `seq` has ended, with noise of `sigma`, or `null` where it shows none; to be called in the order of `seq`. */
  see(source: string, seq: number, sigma: number | null): void {
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    this.#add(source, { seq, sigma: sigma ?? Number.NaN });
    this.#goOn();
  }

  /** No frame will end any more: none waits. */
  end(): void {
    this.#isOver = true;
    this.#goOn();
  }

  #goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const goOn of waiting) goOn();
  }

  #add(source: string, measured: Measured): void {
    if (!Number.isFinite(measured.sigma)) return;
    const stream = this.#streams.get(source) ?? [];
    stream.push(measured);
    // Those that no frame to come can ask for.
    const needed = stream.findLastIndex(({ seq }) => seq <= measured.seq - LAG_FRAMES) - STEADY_FRAMES + 1;
    if (needed > 0) stream.splice(0, needed);
    this.#streams.set(source, stream);
  }
}
