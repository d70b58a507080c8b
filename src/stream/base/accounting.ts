/**
 * The conservation law: every frame that was ever seen is in exactly one place.
 *
 * `seen = committed + rejected(reason) + dropped(stage, reason) + in flight`, at every instant, for every source.
 *
 * @module
 */
import type { RejectionReason } from "./frame.js";

/** Where a frame was dropped and why: by the cadence of its stream, or because the daemon ended before its turn came. */
export const DROP_CAUSES = ["intake/latest", "intake/every-nth", "intake/budget", "intake/shutdown"] as const;
export type DropCause = (typeof DROP_CAUSES)[number];

/** A snapshot of the counts of one source. */
export interface FrameAccount {
  readonly seen: number;
  /** Result in order, recorded where there is a ledger, and published: final. */
  readonly committed: number;
  readonly rejected: Readonly<Partial<Record<RejectionReason, number>>>;
  readonly dropped: Readonly<Partial<Record<DropCause, number>>>;
  readonly inFlight: number;
}

/** The sum of a count over its reasons. */
export function total(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** Whether the law holds for a snapshot. */
export function isConserved(account: FrameAccount): boolean {
  return account.seen === account.committed + total(account.rejected) + total(account.dropped) + account.inFlight;
}

/** The account of several sources together. */
export function sumAccounts(accounts: Iterable<FrameAccount>): FrameAccount {
  const all = [...accounts];
  const sum = (part: (account: FrameAccount) => number) => all.reduce((running, account) => running + part(account), 0);
  return {
    seen: sum((account) => account.seen),
    committed: sum((account) => account.committed),
    rejected: sumCounts(all.map((account) => account.rejected)),
    dropped: sumCounts(all.map((account) => account.dropped)),
    inFlight: sum((account) => account.inFlight),
  };
}

function sumCounts<Key extends string>(
  counts: readonly Readonly<Partial<Record<Key, number>>>[],
): Partial<Record<Key, number>> {
  const sums: Partial<Record<Key, number>> = {};
  for (const count of counts) {
    for (const key of Object.keys(count) as Key[]) sums[key] = (sums[key] ?? 0) + (count[key] ?? 0);
  }
  return sums;
}

/** How a frame ended. */
export type FrameFate =
  | { readonly kind: "committed" }
  | { readonly kind: "rejected"; readonly reason: RejectionReason }
  | { readonly kind: "dropped"; readonly cause: DropCause };

/** Counts the frames of one source. `inFlight` is kept by its own counter, so that the law can fail and is worth asserting. */
export class FrameCounter {
  #seen = 0;
  #committed = 0;
  #inFlight = 0;
  readonly #rejected: Partial<Record<RejectionReason, number>> = {};
  readonly #dropped: Partial<Record<DropCause, number>> = {};

  get inFlight(): number {
    return this.#inFlight;
  }

  /** A source has found a frame. */
  see(): void {
    this.#seen += 1;
    this.#inFlight += 1;
  }

  /** A frame that was seen has ended. */
  end(fate: FrameFate): void {
    this.#inFlight -= 1;
    if (fate.kind === "committed") this.#committed += 1;
    else if (fate.kind === "rejected") this.#rejected[fate.reason] = (this.#rejected[fate.reason] ?? 0) + 1;
    else this.#dropped[fate.cause] = (this.#dropped[fate.cause] ?? 0) + 1;
  }

  snapshot(): FrameAccount {
    return {
      seen: this.#seen,
      committed: this.#committed,
      rejected: { ...this.#rejected },
      dropped: { ...this.#dropped },
      inFlight: this.#inFlight,
    };
  }
}
