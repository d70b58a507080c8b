/**
 * The one checker: what a history of frames sent and events received must be, whatever happened in between.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import type { FrameAccount } from "../../../src/stream/base/accounting.js";
import { isConserved } from "../../../src/stream/base/accounting.js";
import type { EventMessage, GapMessage } from "../../../src/stream/protocol/messages.js";
import type { Recorded, RecordedFrame } from "../../support/recorded.js";
import type { Received } from "./follower.js";
import { isFinal } from "./follower.js";

/** Everything that is known of an experiment when it has ended. */
export interface FaultHistory {
  /** Labels of the frames sent, each once, in order. */
  readonly sent: readonly string[];
  /** What a client was told that resumed at every daemon, in order of arrival. */
  readonly received: readonly Received[];
  readonly gaps: readonly GapMessage[];
  /** What a client is told that comes at the end and asks for everything. */
  readonly told: readonly EventMessage[];
  /** What the ledger holds. */
  readonly recorded: Recorded;
  /** Account of the last daemon, at rest. */
  readonly account: FrameAccount;
  /** What an undisturbed daemon records of the frame with this label. */
  readonly expected: (label: string) => Omit<RecordedFrame, "label">;
}

/** The figures, and what is wrong, a sentence each. */
export interface Verdict {
  readonly sent: number;
  readonly recorded: number;
  readonly lost: number;
  readonly doubled: number;
  /** Numbers that are missing or come twice, in the record or in what a client was told. */
  readonly seqBreaks: number;
  /** Frames whose record differs from that of an undisturbed daemon. */
  readonly different: number;
  readonly problems: readonly string[];
}

export function checkHistory(history: FaultHistory): Verdict {
  const { sent, recorded, account } = history;
  const counts = countsOf(recorded.frames.map(({ label }) => label));
  const lost = sent.filter((label) => !counts.has(label));
  const doubled = [...counts].filter(([, count]) => count > 1).map(([label]) => label);
  const sentOnce = new Set(sent);
  const unsent = [...counts.keys()].filter((label) => !sentOnce.has(label));
  const breaks = seqBreaksOf(history);
  const different = recorded.frames.filter(
    ({ label, ...frame }) => !isDeepStrictEqual(frame, { ...history.expected(label) }),
  );
  const problems = [
    ...problem("frames were lost", lost),
    ...problem("frames were recorded twice", doubled),
    ...problem("frames were recorded that nobody sent", unsent),
    ...problem("numbers are not contiguous", breaks),
    ...problem(
      "frames differ from an undisturbed run",
      different.map(({ label, outcome }) => `${label} (${outcome})`),
    ),
    ...problem("events were told otherwise than they are recorded", toldOtherwise(history)),
    ...problem("frames ended twice for a client", endedTwice(history)),
    ...(isConserved(account) ? [] : [`the account is not conserved: ${JSON.stringify(account)}`]),
    ...(account.inFlight === 0 ? [] : [`${account.inFlight} frames are in flight at rest`]),
  ];
  return {
    sent: sent.length,
    recorded: recorded.frames.length,
    lost: lost.length,
    doubled: doubled.length,
    seqBreaks: breaks.length,
    different: different.length,
    problems,
  };
}

function problem(what: string, cases: readonly string[]): readonly string[] {
  return cases.length === 0 ? [] : [`${cases.length} ${what}: ${cases.slice(0, 5).join(", ")}`];
}

function countsOf(labels: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/** Where numbers do not follow each other, in the ledger, at the client that resumed, and at the one that came last. */
function seqBreaksOf({ recorded, received, told, gaps }: FaultHistory): readonly string[] {
  const bySession = new Map<string, number[]>();
  for (const { sessionId, event } of received) {
    const seqs = bySession.get(sessionId) ?? [];
    bySession.set(sessionId, seqs);
    seqs.push(event.seq);
  }
  const series: readonly (readonly [string, readonly number[]])[] = [
    ["ledger", recorded.seqs],
    ["last client", told.map(({ seq }) => seq)],
    ...[...bySession].map(([sessionId, seqs]) => [`session ${sessionId}`, seqs] as const),
  ];
  const breaks = series.flatMap(([name, seqs]) =>
    seqs.flatMap((seq, index) => {
      const before = index === 0 ? 0 : (seqs[index - 1] ?? 0);
      return seq === before + 1 ? [] : [`${name}: ${before} then ${seq}`];
    }),
  );
  return [...breaks, ...gaps.map(({ fromSeq, toSeq }) => `gap ${fromSeq}..${toSeq}`)];
}

/** What a client was told before is what is recorded, to the last digit. */
function toldOtherwise({ received, told, recorded }: FaultHistory): readonly string[] {
  const bySeq = new Map(told.map((event) => [event.seq, event]));
  return received
    .filter(({ sessionId, event }) => sessionId === recorded.epoch && !isDeepStrictEqual(bySeq.get(event.seq), event))
    .map(({ event }) => `${event.seq} (${event.label})`);
}

function endedTwice({ told }: FaultHistory): readonly string[] {
  const counts = countsOf(told.filter(isFinal).map(({ label }) => label));
  return [...counts].filter(([, count]) => count > 1).map(([label]) => label);
}
