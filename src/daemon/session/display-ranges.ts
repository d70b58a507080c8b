/**
 * The display range of each stream: chosen once, kept until the stream really changes.
 *
 * What is decided depends on the frames and their order only, never on which process was faster: a change that frame `n` gives reason to
 * holds from frame `n + LAG_FRAMES` on, when the results before it are there in any case. So a recording that is played again, or a
 * daemon that goes on after a crash, gives the same ranges.
 *
 * @module
 */
import type { DisplayRange } from "../../stream/base/frame.js";
import type { EventMessage } from "../../stream/protocol/messages.js";
import { isAlike } from "../analysis/display-range.js";

/** So many frames one after the other must differ from the range before it changes: a second or less of most streams. */
const DIFFERING_FRAMES = 8;
/** More frames than two analyzer processes have under way. */
const LAG_FRAMES = 16;

/** A range and the first frame that has it. */
interface RangeFrom {
  readonly range: DisplayRange;
  readonly fromSeq: number;
}

interface Stream {
  current: RangeFrom | null;
  /** Decided, not yet in force. */
  next: RangeFrom | null;
  /** The ranges of the last frames, as long as all of them differ from what was decided. */
  differing: DisplayRange[];
  /** Told when the frame that is sent ahead, alone, because nothing is known of its stream, is back. */
  scouted: Promise<void> | null;
  endScouting: () => void;
}

/** One daemon's streams, by the names of their sources. */
export class DisplayRanges {
  readonly #streams = new Map<string, Stream>();
  #lastHandedSeq = 0;

  /** Takes over where a daemon before was: `events` are its last ones, oldest first. */
  constructor(events: readonly EventMessage[] = []) {
    this.resume(events);
  }

  /**
   * The range for frame `seq`, which is now handed over; `null`: it is the first, and its own range is its stream's. Those after it wait
   * until it is back. To be followed by {@link back}.
   */
  async for(source: string, seq: number): Promise<DisplayRange | null> {
    const stream = this.#stream(source);
    while (stream.current === null && stream.scouted !== null) await stream.scouted;
    this.#lastHandedSeq = Math.max(this.#lastHandedSeq, seq);
    if (stream.current === null) {
      stream.scouted = new Promise((resolve) => {
        stream.endScouting = resolve;
      });
      return null;
    }
    if (stream.next !== null && seq >= stream.next.fromSeq) {
      stream.current = stream.next;
      stream.next = null;
    }
    return stream.current.range;
  }

  /** Frame `seq` is back from the analyzer, `frameRange` being its own range, or `null` where it has none. */
  back(source: string, seq: number, frameRange: DisplayRange | null): void {
    const stream = this.#stream(source);
    if (stream.current === null && frameRange !== null) stream.current = { range: frameRange, fromSeq: seq };
    stream.scouted = null;
    stream.endScouting();
  }

  /** Takes note of how frame `seq` looked; to be called in the order of `seq`. */
  see(source: string, seq: number, frameRange: DisplayRange): void {
    const stream = this.#stream(source);
    stream.current ??= { range: frameRange, fromSeq: seq };
    const decided = stream.next ?? stream.current;
    if (isAlike(frameRange, decided.range)) {
      stream.differing = [];
      return;
    }
    stream.differing.push(frameRange);
    if (stream.differing.length < DIFFERING_FRAMES) return;
    const fromSeq = Math.max(seq + LAG_FRAMES, this.#lastHandedSeq + 1);
    stream.next = { range: middle(stream.differing), fromSeq };
    stream.differing = [];
  }

  /** The same, for one that has begun. */
  resume(events: readonly EventMessage[]): void {
    for (const event of events) {
      const frameRange = event.op === "frame" ? event.intensity.frameRange : undefined;
      if (event.op !== "frame" || frameRange === undefined) continue;
      const stream = this.#stream(event.source);
      stream.current ??= { range: event.intensity.range, fromSeq: event.seq };
      if (stream.next !== null && event.seq >= stream.next.fromSeq) {
        stream.current = stream.next;
        stream.next = null;
      }
      this.see(event.source, event.seq, frameRange);
    }
  }

  /** The range of a stream's newest frames, once there is one. */
  current(source: string): DisplayRange | undefined {
    return this.#streams.get(source)?.current?.range;
  }

  #stream(source: string): Stream {
    const known = this.#streams.get(source);
    if (known !== undefined) return known;
    const stream: Stream = { current: null, next: null, differing: [], scouted: null, endScouting: () => undefined };
    this.#streams.set(source, stream);
    return stream;
  }
}

/** The medians of both ends. */
function middle(ranges: readonly DisplayRange[]): DisplayRange {
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return { low: median(ranges.map(({ low }) => low)), high: median(ranges.map(({ high }) => high)) };
}
