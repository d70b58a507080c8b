/** The checker itself: it finds each thing that may not be, in a history that is sound but for it. */
import { describe, expect, it } from "vitest";
import type { EventMessage } from "../../../src/stream/protocol/messages.js";
import { droppedEvent, rejectedEvent } from "../../support/wire-messages.js";
import type { FaultHistory } from "./check.js";
import { checkHistory } from "./check.js";

const LABELS = ["a", "b", "c"];
const OUTCOME = { outcome: "committed", particles: 6, content: "hash" };

function eventOf(label: string, index: number): EventMessage {
  return { ...rejectedEvent(index + 1), label };
}

/** Three frames, each recorded and told once. */
function sound(): FaultHistory {
  const told = LABELS.map(eventOf);
  return {
    sent: LABELS,
    told,
    received: told.map((event) => ({ sessionId: "first", event })),
    gaps: [],
    recorded: {
      epoch: "first",
      seqs: [1, 2, 3],
      frames: LABELS.map((label) => ({ label, ...OUTCOME })),
      runs: 1,
    },
    account: { seen: 3, committed: 0, rejected: { poison: 3 }, dropped: {}, inFlight: 0 },
    expected: () => OUTCOME,
  };
}

function broken(change: (history: FaultHistory) => Partial<FaultHistory>): readonly string[] {
  const history = sound();
  return checkHistory({ ...history, ...change(history) }).problems;
}

const frames = (labels: readonly string[]) => labels.map((label) => ({ label, ...OUTCOME }));

describe("the checker", () => {
  it("has nothing to say of a sound history", () => {
    const figures = { sent: 3, recorded: 3, lost: 0, doubled: 0, seqBreaks: 0, different: 0 };
    expect(checkHistory(sound())).toEqual({ ...figures, problems: [] });
  });

  it("lets a frame come again that was dropped because the daemon was stopped", () => {
    const dropped = { ...droppedEvent(1), cause: "intake/shutdown" as const, label: "a" };
    const told = [dropped, ...LABELS.map((label, index) => ({ ...rejectedEvent(index + 2), label }))];
    const received = told.map((event) => ({ sessionId: "first", event }));
    expect(broken(({ recorded }) => ({ told, received, recorded: { ...recorded, seqs: [1, 2, 3, 4] } }))).toEqual([]);
  });

  it.each<[string, RegExp, (history: FaultHistory) => Partial<FaultHistory>]>([
    ["lost", /1 frames were lost: c/, ({ recorded }) => ({ recorded: { ...recorded, frames: frames(["a", "b"]) } })],
    [
      "recorded twice",
      /recorded twice: a/,
      ({ recorded }) => ({ recorded: { ...recorded, frames: frames(["a", "a", "b", "c"]) } }),
    ],
    ["recorded and never sent", /nobody sent: c/, () => ({ sent: ["a", "b"] })],
    [
      "different from an undisturbed run",
      /differ .*: c/,
      () => ({ expected: (label) => (label === "c" ? { ...OUTCOME, content: "other" } : OUTCOME) }),
    ],
    [
      "missing in the numbers of the record",
      /ledger: 1 then 3/,
      ({ recorded }) => ({ recorded: { ...recorded, seqs: [1, 3] } }),
    ],
    ["missing for the client", /first: 1 then 3/, ({ received }) => ({ received: received.filter((_, i) => i !== 1) })],
    ["a gap", /gap 2\.\.2/, () => ({ gaps: [{ op: "gap", fromSeq: 2, toSeq: 2 }] })],
    [
      "told before it was recorded, and then recorded otherwise",
      /told otherwise than they are recorded: 2 \(b\)/,
      ({ received }) => ({
        received: received.map(({ sessionId, event }) => ({
          sessionId,
          event: event.seq === 2 ? { ...rejectedEvent(2), label: "b", detail: "other" } : event,
        })),
      }),
    ],
    [
      "ended twice",
      /ended twice for a client: a/,
      ({ told }) => ({ told: told.map((event) => (event.seq === 2 ? { ...event, label: "a" } : event)), received: [] }),
    ],
    ["not in the account", /not conserved/, ({ account }) => ({ account: { ...account, seen: 4 } })],
    ["in flight", /in flight at rest/, ({ account }) => ({ account: { ...account, seen: 4, inFlight: 1 } })],
  ])("finds what is %s", (_what, text, change) => {
    expect(broken(change).join("\n")).toMatch(text);
  });
});
