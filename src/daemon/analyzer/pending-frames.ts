/**
 * The frames that an analyzer owes a result, and which of them its process may have now.
 *
 * @module
 */
import type { AnalysisOut, FrameIn } from "./messages.js";
import { SUPERVISION } from "./supervision.js";

/** A frame without a result. */
interface Pending {
  readonly frame: FrameIn;
  readonly resolve: (out: AnalysisOut) => void;
  readonly reject: (error: Error) => void;
  /** Processes that have died with it. */
  crashes: number;
  isSent: boolean;
}

/** A frame that goes to the process now. */
export interface Sending {
  readonly frame: FrameIn;
  /** Whether it was with a process that died, and therefore goes alone. */
  readonly isSuspect: boolean;
}

export class PendingFrames {
  readonly #pending = new Map<number, Pending>();

  /** Frames that the process has. */
  get sent(): number {
    return [...this.#pending.values()].filter(({ isSent }) => isSent).length;
  }

  add(frame: FrameIn): Promise<AnalysisOut> {
    return new Promise((resolve, reject) => {
      this.#pending.set(frame.seq, { frame, resolve, reject, crashes: 0, isSent: false });
    });
  }

  settle(out: AnalysisOut): void {
    const pending = this.#pending.get(out.seq);
    this.#pending.delete(out.seq);
    pending?.resolve(out);
  }

  /** What may be sent, which then counts as sent: everything, or one suspect at a time after a crash. */
  take(): readonly Sending[] {
    const all = [...this.#pending.values()];
    const suspect = all.find(({ crashes }) => crashes > 0);
    const mayGo = suspect === undefined ? all : all.some(({ isSent }) => isSent) ? [] : [suspect];
    return mayGo
      .filter(({ isSent }) => !isSent)
      .map((pending) => {
        pending.isSent = true;
        return { frame: pending.frame, isSuspect: pending.crashes > 0 };
      });
  }

  /**
   * The process has died: what it had is to be sent again. `death` in words; `isBlamed`: the frames may have killed it. Gives the
   * numbers of those that were taken back, and the outcome of those that have killed too often, which are still to be settled.
   */
  takeBack(
    death: string,
    isBlamed: boolean,
  ): { readonly seqs: readonly number[]; readonly poison: readonly AnalysisOut[] } {
    const had = [...this.#pending.values()].filter(({ isSent }) => isSent);
    for (const pending of had) {
      pending.isSent = false;
      if (isBlamed) pending.crashes += 1;
    }
    const poison = had
      .filter(({ crashes }) => crashes >= SUPERVISION.crashesOfAPoisonFrame)
      .map(({ frame: { seq }, crashes }): AnalysisOut => {
        const detail = `the analyzer died of it ${crashes} times, the last by ${death}`;
        return { op: "rejected", seq, reason: "poison", detail };
      });
    return { seqs: had.map(({ frame }) => frame.seq), poison };
  }

  rejectAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
