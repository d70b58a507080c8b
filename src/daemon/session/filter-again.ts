/**
 * Filters the last analysed frame once more, for who tunes a filter: the stream and its settings are not touched.
 *
 * @module
 */
import { OstwaldError } from "../../stream/base/errors.js";
import type { FilteredFrameMessage, FilterFrameRequest } from "../../stream/protocol/filter-messages.js";
import { patched } from "../../stream/protocol/settings.js";
import type { AnalysisOut, FrameIn } from "../analyzer/messages.js";

/** There is no frame to filter again, or it cannot be read any more. */
export class FrameUnavailableError extends OstwaldError {
  readonly tag = "FrameUnavailable";

  constructor(received: string) {
    super({
      received,
      expected: "an analysed frame that can still be read",
      remedy: "Ask again when the next frame has been analysed.",
    });
  }
}

/** A frame, and what is to be called when its bytes are needed no more. */
interface Kept {
  readonly frame: FrameIn;
  readonly release: () => void;
}

/** Keeps what the last analysed frame was sent to the analyzer as; a frame that came over a socket is kept with its bytes. */
export class FilterAgain {
  readonly #analyzer: { analyze(frame: FrameIn): Promise<AnalysisOut> };
  #last: Kept | null = null;
  /** The one that is being filtered, which may not be the last any more. */
  #inWork: Kept | null = null;
  /** One after the other, whoever asks: the stream comes first. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(analyzer: { analyze(frame: FrameIn): Promise<AnalysisOut> }) {
    this.#analyzer = analyzer;
  }

  /** A frame was analysed; frames may come in any order. `release` is called when it is not kept, or no more. */
  see(frame: FrameIn, release: () => void = () => undefined): void {
    const before = this.#last;
    if (before !== null && frame.seq <= before.frame.seq) {
      release();
      return;
    }
    this.#last = { frame, release };
    if (before !== this.#inWork) before?.release();
  }

  /** Raises {@link FrameUnavailableError}. */
  carryOut(request: FilterFrameRequest): Promise<FilteredFrameMessage> {
    const answer = this.#work.then(() => this.#filter(request));
    this.#work = answer.catch(() => undefined);
    return answer;
  }

  async #filter(request: FilterFrameRequest): Promise<FilteredFrameMessage> {
    const last = this.#last;
    if (last === null) throw new FrameUnavailableError("no frame, as none has been analysed since the daemon started");
    this.#inWork = last;
    try {
      return await this.#filtered(last.frame, request);
    } finally {
      this.#inWork = null;
      if (this.#last !== last) last.release();
    }
  }

  async #filtered(last: FrameIn, { requestId, settings: patch }: FilterFrameRequest): Promise<FilteredFrameMessage> {
    // What is found in it is of no use here: the segmenter that costs least.
    const settings = { ...patched(last.settings, patch ?? {}), segmenter: "threshold" } as const;
    const out = await this.#analyzer.analyze({
      ...last,
      settings,
      previews: [],
      wantsOutlines: false,
      wantsLevels: true,
    });
    if (out.op === "rejected") throw new FrameUnavailableError(`frame ${last.seq}: ${out.detail}`);
    const { levels, widthPx, heightPx, nlmH } = out.analysis;
    if (levels === undefined) throw new FrameUnavailableError(`frame ${last.seq} without its levels`);
    return {
      op: "filteredFrame",
      requestId,
      seq: last.seq,
      frameWidthPx: widthPx,
      frameHeightPx: heightPx,
      filter: settings.filter,
      nlmH,
      ...levels,
    };
  }
}
