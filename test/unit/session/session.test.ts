import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnalyzerFailedError } from "../../../src/daemon/analyzer/errors.js";
import type { AnalysisOut, FrameIn } from "../../../src/daemon/analyzer/messages.js";
import { LedgerClosedError } from "../../../src/daemon/ledger/errors.js";
import { DisplayRanges } from "../../../src/daemon/session/display-ranges.js";
import { eventOf } from "../../../src/daemon/session/events.js";
import { NoiseTrack } from "../../../src/daemon/session/noise-track.js";
import type { SessionOptions } from "../../../src/daemon/session/session.js";
import { Session } from "../../../src/daemon/session/session.js";
import { SettingsState } from "../../../src/daemon/session/settings-state.js";
import type { FrameFate } from "../../../src/stream/base/accounting.js";
import { isConserved } from "../../../src/stream/base/accounting.js";
import type { Cadence } from "../../../src/stream/base/cadence.js";
import { FrameRejectedError } from "../../../src/stream/base/frame.js";
import { DEFAULT_SETTINGS } from "../../../src/stream/base/settings.js";
import type { UnixMs } from "../../../src/stream/base/units.js";
import { systemClock } from "../../../src/stream/flow/clock.js";
import type { IntakeOptions } from "../../../src/stream/flow/intake.js";
import { Intake } from "../../../src/stream/flow/intake.js";
import { analysed, offeredFrame, ScriptedSource } from "../../support/frames.js";

interface Rig extends Pick<IntakeOptions, "lastSeq" | "recordedFate" | "room">, Pick<SessionOptions, "record"> {
  readonly limit?: number;
  readonly cadence?: Cadence;
  readonly analyze: (frame: FrameIn) => Promise<AnalysisOut>;
}

/** Intake, session and a scripted source, wired as the daemon wires them. */
async function rig({ limit = 4, cadence = { policy: "every" }, analyze, record, ...intakeOptions }: Rig) {
  const outcomes: { readonly seq: number; readonly kind: string; readonly settingsId: number | null }[] = [];
  const fatal: Error[] = [];
  const settings = new SettingsState(DEFAULT_SETTINGS);
  const intake: Intake = new Intake({
    limits: { items: limit, bytes: 1e6 },
    cadence,
    clock: systemClock,
    onEarlyEnd: (frame, end) => session.endEarly(frame, end),
    ...intakeOptions,
  });
  const session: Session = new Session(
    {
      intake,
      analyzer: { analyze },
      settings,
      displayRanges: new DisplayRanges(),
      noiseTrack: new NoiseTrack([], intakeOptions.lastSeq),
      clock: systemClock,
      framesAtAnalyzer: () => 3,
      wantedPreviews: () => [],
      ...(record === undefined ? {} : { record }),
      onOutcome: ({ seq }, outcome) => {
        outcomes.push({
          seq,
          kind: outcome.kind,
          settingsId: outcome.kind === "committed" ? outcome.settings.settingsId : null,
        });
      },
      onFatal: (error) => fatal.push(error),
    },
    intakeOptions.lastSeq,
  );
  const source = new ScriptedSource();
  const sink = intake.sinkFor(source);
  const running = session.run();
  const state = () => {
    const found = intake.states().get(source.name);
    if (found === undefined) throw new Error("the source has no state");
    return found;
  };
  const account = () => state().account;
  return { intake, session, source, sink, settings, outcomes, fatal, account, state, running };
}

const later = (turns: number) =>
  new Promise<void>((resolve) => {
    const turn = (left: number): void => (left <= 0 ? resolve() : void setImmediate(() => turn(left - 1)));
    turn(turns);
  });

const CADENCES: fc.Arbitrary<Cadence> = fc.oneof(
  fc.constantFrom<Cadence>({ policy: "every" }, { policy: "latest" }),
  fc.record({ policy: fc.constant("every-nth" as const), n: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ policy: fc.constant("budget" as const), targetMs: fc.constantFrom(0.01, 5, 1_000) }),
);

describe("a session", () => {
  it("publishes every frame once and in order, conserves frames and keeps the queue's limit, for any cadence and any service times", async () => {
    const runs = fc.record({
      limit: fc.integer({ min: 1, max: 5 }),
      cadence: CADENCES,
      frames: fc.array(
        fc.record({
          serviceTurns: fc.nat(6),
          pauseTurns: fc.nat(3),
          fault: fc.constantFrom("none", "none", "analyzer", "source"),
        }),
        {
          maxLength: 25,
        },
      ),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ limit, cadence, frames }) => {
        const analyze = async ({ seq }: FrameIn): Promise<AnalysisOut> => {
          const { serviceTurns = 0, fault = "none" } = frames[seq - 1] ?? {};
          await later(serviceTurns);
          return fault === "analyzer" ? { op: "rejected", seq, reason: "corrupt", detail: "" } : analysed(seq);
        };
        const { intake, sink, source, outcomes, account, running } = await rig({ limit, cadence, analyze });
        const offers: Promise<void>[] = [];
        for (const [index, { pauseTurns, fault }] of frames.entries()) {
          const frame = offeredFrame(index);
          if (fault === "source")
            sink.reject(frame, new FrameRejectedError("vanished", { received: "", expected: "", remedy: "" }));
          else offers.push(sink.offer(frame));
          await later(pauseTurns);
          expect(intake.queue.length).toBeLessThanOrEqual(limit);
          expect(isConserved(account())).toBe(true);
        }
        await Promise.all(offers);
        intake.close();
        await running;
        expect(outcomes.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index + 1));
        expect(account()).toMatchObject({ seen: frames.length, inFlight: 0 });
        expect(isConserved(account())).toBe(true);
        // Those that the source rejected itself, too.
        expect(source.settled.length).toBe(frames.length);
        expect(new Set(source.settled.map(({ key }) => key)).size).toBe(frames.length);
      }),
      { seed: 11, numRuns: 80 },
    );
  });

  it("drops by name what still waits when it shuts down, and finishes what is under way", async () => {
    const released: (() => void)[] = [];
    const analyze = ({ seq }: FrameIn) =>
      new Promise<AnalysisOut>((resolve) => released.push(() => resolve(analysed(seq))));
    const { intake, sink, outcomes, account, running } = await rig({ limit: 10, analyze });
    await sink.offer(offeredFrame(1));
    await later(3);
    released[0]?.();
    await later(3);
    await Promise.all([2, 3, 4, 5, 6].map((number) => sink.offer(offeredFrame(number))));
    await later(3);
    intake.close();
    for (const release of released) release();
    await running;
    const committed = Array.from({ length: 4 }, () => "committed");
    expect(outcomes.map(({ kind }) => kind)).toEqual([...committed, "dropped", "dropped"]);
    expect(account()).toEqual({ seen: 6, committed: 4, rejected: {}, dropped: { "intake/shutdown": 2 }, inFlight: 0 });
  });

  it("changes settings between two frames and says which frame is the first with them", async () => {
    const { intake, sink, settings, outcomes, running } = await rig({ analyze: async ({ seq }) => analysed(seq) });
    await sink.offer(offeredFrame(1));
    await later(5);
    const changed = settings.apply({ filter: "nlm", nlmH: 20 });
    await sink.offer(offeredFrame(2));
    await later(5);
    intake.close();
    await running;
    expect(changed).toMatchObject({ settingsId: 2, fromSeq: 2, settings: { filter: "nlm", nlmH: 20 } });
    expect(outcomes.map(({ settingsId }) => settingsId)).toEqual([1, 2]);
  });

  it("says once that it cannot go on, and leaves unanalysed frames in flight", async () => {
    const analyze = async (): Promise<AnalysisOut> => {
      throw new AnalyzerFailedError(5, "SIGSEGV");
    };
    const { sink, fatal, account, running } = await rig({ analyze });
    await Promise.all([1, 2].map((number) => sink.offer(offeredFrame(number))));
    await running;
    expect(fatal).toHaveLength(1);
    expect(account()).toMatchObject({ seen: 2, inFlight: 2 });
    expect(isConserved(account())).toBe(true);
  });
});

/** A ledger that holds a record back until the test lets it go, and knows the frames it has let go. */
function scriptedLedger() {
  const waiting: { readonly seq: number; readonly key: string; readonly release: () => void }[] = [];
  const recorded = new Map<string, FrameFate>();
  const record: SessionOptions["record"] = (frame, outcome) =>
    new Promise((resolve) => {
      const release = () => {
        recorded.set(frame.frame.key, { kind: "committed" });
        resolve(eventOf(frame, outcome, 0 as UnixMs));
      };
      waiting.push({ seq: frame.seq, key: frame.frame.key, release });
    });
  return { waiting, record, recordedFate: (_source: string, key: string) => recorded.get(key) };
}

describe("a session that records", () => {
  const analyze = async ({ seq }: FrameIn) => analysed(seq);

  it("tells nobody of a frame before it is recorded: neither its source, nor the account, nor clients", async () => {
    const ledger = scriptedLedger();
    const { intake, sink, source, outcomes, account, running } = await rig({ analyze, ...ledger });
    await Promise.all([1, 2].map((number) => sink.offer(offeredFrame(number))));
    await later(5);
    expect(ledger.waiting.map(({ seq }) => seq)).toEqual([1, 2]);
    expect([outcomes, source.settled]).toEqual([[], []]);
    expect(account()).toMatchObject({ seen: 2, committed: 0, inFlight: 2 });
    intake.close();
    for (const { release } of ledger.waiting) release();
    await running;
    expect(outcomes.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(source.settled.map(({ key }) => key)).toEqual(["frame-1", "frame-2"]);
    expect(account()).toMatchObject({ seen: 2, committed: 2, inFlight: 0 });
  });

  it("takes a content once, however often it is delivered, and tells its source what became of it", async () => {
    const ledger = scriptedLedger();
    const { intake, sink, source, account, running } = await rig({ analyze, ...ledger });
    await sink.offer(offeredFrame(1));
    await sink.offer(offeredFrame(1));
    await later(5);
    expect(ledger.waiting).toHaveLength(1);
    ledger.waiting[0]?.release();
    await later(5);
    await sink.offer(offeredFrame(1));
    sink.reject(offeredFrame(1), new FrameRejectedError("corrupt", { received: "", expected: "", remedy: "" }));
    intake.close();
    await running;
    expect(account()).toMatchObject({ seen: 1, committed: 1 });
    // Once for the two that came before it was known, and once for each that came after.
    expect(source.settled).toEqual(Array(3).fill({ key: "frame-1", fate: { kind: "committed" } }));
  });

  it("goes on with the numbers of the daemon before", async () => {
    const ledger = scriptedLedger();
    const { intake, sink, outcomes, running } = await rig({ analyze, ...ledger, lastSeq: 41 });
    await Promise.all([1, 2].map((number) => sink.offer(offeredFrame(number))));
    await later(5);
    for (const { release } of ledger.waiting) release();
    intake.close();
    await running;
    expect(outcomes.map(({ seq }) => seq)).toEqual([42, 43]);
  });

  it("lets sources wait while there is no room to record, whatever the policy, and has not seen what waits", async () => {
    let hasRoom = false;
    const open: (() => void)[] = [];
    const room = () => (hasRoom ? undefined : new Promise<void>((resolve) => open.push(resolve)));
    const { intake, sink, account, running } = await rig({ analyze, cadence: { policy: "latest" }, room });
    const offers = [1, 2].map((number) => sink.offer(offeredFrame(number)));
    await later(5);
    expect(account()).toMatchObject({ seen: 0 });
    hasRoom = true;
    for (const release of open) release();
    await Promise.all(offers);
    intake.close();
    await running;
    expect(account()).toMatchObject({ seen: 2, committed: 2 });
  });

  it("says once that it can record no more, and leaves what is not recorded in flight", async () => {
    const record = async () => Promise.reject(new LedgerClosedError());
    const { sink, source, fatal, account, running } = await rig({ analyze, record });
    await Promise.all([1, 2].map((number) => sink.offer(offeredFrame(number))));
    await later(5);
    expect(fatal).toHaveLength(1);
    expect(source.settled).toEqual([]);
    expect(account()).toMatchObject({ seen: 2, inFlight: 2 });
    await sink.offer(offeredFrame(3));
    await running;
  });
});
