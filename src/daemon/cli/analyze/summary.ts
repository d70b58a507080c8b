/**
 * What a run of `analyze` came to, for the person who waits for it.
 *
 * @module
 */
import type { RejectionReason } from "../../../stream/base/frame.js";
import type { RejectedInput } from "../../export/results.js";

export class Summary {
  #frames = 0;
  #particles = 0;
  readonly #rejected: RejectedInput[] = [];

  addFrame(particles: number): void {
    this.#frames += 1;
    this.#particles += particles;
  }

  addRejected(input: RejectedInput): void {
    this.#rejected.push(input);
  }

  get hasRejected(): boolean {
    return this.#rejected.length > 0;
  }

  /** Every rejected input with its reason, then one line of counts. */
  text(outPath: string): string {
    const lines = this.#rejected.map(({ file, page, reason, detail }) => {
      const name = page === null || page === 0 ? file : `${file}#${page}`;
      return `rejected ${name}: ${reason} (${detail})\n`;
    });
    const counts = `${this.#frames} frames, ${this.#particles} particles -> ${outPath}; ${this.#rejected.length} rejected`;
    return `${lines.join("")}${counts}${this.#reasonsText()}\n`;
  }

  /** `: corrupt 2, vanished 1`, or nothing. */
  #reasonsText(): string {
    const byReason = new Map<RejectionReason, number>();
    for (const { reason } of this.#rejected) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
    const parts = [...byReason].map(([reason, count]) => `${reason} ${count}`);
    return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
  }
}
