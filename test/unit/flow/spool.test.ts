import { appendFile, mkdtemp, readdir, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isConserved } from "../../../src/stream/base/accounting.js";
import { systemClock } from "../../../src/stream/flow/clock.js";
import { DiskQueue } from "../../../src/stream/flow/disk-queue.js";
import type { QueuedFrame, RunChange } from "../../../src/stream/flow/intake.js";
import { Intake } from "../../../src/stream/flow/intake.js";
import { openSpool } from "../../../src/stream/flow/spool.js";
import { offeredFrame, ScriptedSource } from "../../support/frames.js";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "ostwald-spool-test-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const later = () => new Promise<void>((resolve) => setTimeout(resolve, 20));
const bytes = (number: number) => Uint8Array.of(number & 255, number >> 8);

/** Everything that is in a queue, each entry released as it comes out. */
async function drain(queue: DiskQueue): Promise<readonly unknown[]> {
  const heads: unknown[] = [];
  for (let entry = await queue.shift(); entry !== undefined; entry = await queue.shift()) {
    heads.push(entry.bytes === null ? "damaged" : [entry.head, [...entry.bytes]]);
    await entry.release();
  }
  return heads;
}

describe("a queue on disk", () => {
  it("gives back what was put in, in order, and leaves no file behind", async () => {
    const queue = await DiskQueue.open({ dir, limitBytes: 1e6, segmentBytes: 100 });
    for (let number = 0; number < 20; number++) await queue.push({ number }, bytes(number));
    expect(queue.length).toBe(20);
    expect((await readdir(dir)).length).toBeGreaterThan(3);
    expect(await drain(queue)).toEqual(Array.from({ length: 20 }, (_, number) => [{ number }, [...bytes(number)]]));
    expect([queue.length, queue.bytes, await readdir(dir)]).toEqual([0, 0, []]);
    await queue.close();
  });

  it("opened again has what was not released, in order, and not what was cut off at the end of a file", async () => {
    const first = await DiskQueue.open({ dir, limitBytes: 1e6, segmentBytes: 100 });
    for (let number = 0; number < 10; number++) await first.push({ number }, bytes(number));
    await (await first.shift())?.release();
    await first.close();
    const last = join(dir, (await readdir(dir)).sort().at(-1) ?? "");
    await appendFile(last, Buffer.from("osp1 and half of a head"));
    const heads: unknown[] = [];
    const second = await DiskQueue.open({ dir, limitBytes: 1e6, segmentBytes: 100 }, (head) => heads.push(head));
    expect(heads.length).toBeGreaterThanOrEqual(9);
    expect(await drain(second)).toEqual(heads.map((head, i) => [head, [...bytes(10 - heads.length + i)]]));
    await second.close();
  });

  it("takes entries without bytes", async () => {
    const queue = await DiskQueue.open({ dir, limitBytes: 1e6 });
    for (const bytes of [new Uint8Array(), Buffer.allocUnsafeSlow(0)]) await queue.push({ path: "a.tif" }, bytes);
    expect(await drain(queue)).toEqual([1, 2].map(() => [{ path: "a.tif" }, []]));
    await queue.close();
  });

  it("tells of an entry whose bytes are not those that were written", async () => {
    const first = await DiskQueue.open({ dir, limitBytes: 1e6 });
    await first.push({ number: 1 }, new Uint8Array(100).fill(7));
    await first.close();
    const [name = ""] = await readdir(dir);
    await truncate(join(dir, name), 80);
    await appendFile(join(dir, name), Buffer.alloc(200));
    const second = await DiskQueue.open({ dir, limitBytes: 1e6 });
    expect(await drain(second)).toEqual(["damaged"]);
    await second.close();
  });

  it("has every entry that was put in and not released, whenever it is opened again", async () => {
    const step = fc.constantFrom("push", "shift", "release", "reopen");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await rm(dir, { recursive: true, force: true });
        const options = { dir, limitBytes: 1e6, segmentBytes: 90 };
        let queue = await DiskQueue.open(options);
        let pushed = 0;
        const held = new Map<number, () => Promise<void>>();
        const gone = new Set<number>();
        for (const what of steps) {
          if (what === "push") await queue.push({ number: pushed++ }, bytes(pushed));
          else if (what === "shift") {
            const entry = await queue.shift();
            if (entry !== undefined) held.set(Reflect.get(Object(entry.head), "number"), entry.release);
          } else if (what === "release") {
            const [first] = held;
            if (first === undefined) continue;
            held.delete(first[0]);
            gone.add(first[0]);
            await first[1]();
          } else {
            await queue.close();
            held.clear();
            const found: number[] = [];
            queue = await DiskQueue.open(options, (head) => found.push(Reflect.get(Object(head), "number")));
            const wanted = Array.from({ length: pushed }, (_, number) => number).filter((number) => !gone.has(number));
            // Those that are released come again where others of their file are not: whoever asks knows them.
            expect(found.filter((number) => !gone.has(number))).toEqual(wanted);
          }
        }
        await queue.close();
      }),
      { seed: 3, numRuns: 60 },
    );
  });
});

/** Intake with a spool, whose frames a test takes and ends. */
async function spooling(recorded: ReadonlySet<string> = new Set()) {
  const runs: { readonly change: RunChange; readonly lastSeq: number }[] = [];
  const intake: Intake = new Intake({
    limits: { items: 2, bytes: 1e6 },
    cadence: { policy: "spool" },
    clock: systemClock,
    onEarlyEnd: (frame, end) =>
      intake.end(frame, end.kind === "dropped" ? end : { kind: "rejected", reason: "corrupt" }),
    recordedFate: (_source, key) => (recorded.has(key) ? { kind: "committed" } : undefined),
    changeRun: async (change) => void runs.push({ change, lastSeq: intake.lastSeq }),
  });
  const source = new ScriptedSource();
  const sink = intake.sinkFor(source, { spool: await openSpool(join(dir, "spool"), 1e6) });
  const state = () => {
    const found = intake.states().get(source.name);
    if (found === undefined) throw new Error("no state");
    return found;
  };
  /** Takes and ends frames until none is in flight. */
  const takeAll = async () => {
    const taken: QueuedFrame[] = [];
    while (state().account.inFlight > 0) {
      const frame = intake.take();
      if (frame === undefined) await later();
      else {
        taken.push(frame);
        intake.end(frame, { kind: "committed" });
      }
    }
    return taken;
  };
  const close = async () => {
    intake.close();
    await intake.release();
  };
  return { intake, source, sink, runs, state, takeAll, close };
}

describe("a stream that is spooled", () => {
  it("never lets its source wait for the analyzer, and gives every frame out once, in order, with its pixels", async () => {
    const { sink, state, source, takeAll, close } = await spooling();
    for (let number = 1; number <= 30; number++) await sink.offer(offeredFrame(number));
    expect(state()).toMatchObject({ queue: { length: 2, limit: 2 }, spool: { frames: 28, trouble: null } });
    expect(state().account).toMatchObject({ seen: 30, inFlight: 30 });
    const taken = await takeAll();
    expect(taken.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    const pixels = taken.map(({ frame: { payload } }) => (payload.kind === "file" ? [] : [...payload.bytes]));
    expect(pixels).toEqual(taken.map((_, index) => [index + 1]));
    expect(taken.map(({ frame }) => frame.label)).toEqual(taken.map((_, index) => `frame_${index + 1}.tif`));
    expect(state().account).toEqual({ seen: 30, committed: 30, rejected: {}, dropped: {}, inFlight: 0 });
    expect(source.settled).toHaveLength(30);
    await expect.poll(() => state().spool).toMatchObject({ frames: 0, bytes: 0 });
    await close();
  });

  it("does not hold up the order of another stream", async () => {
    const { intake, sink, close } = await spooling();
    const other = intake.sinkFor(new ScriptedSource("other"), { cadence: { policy: "every" } });
    for (const number of [1, 2, 3, 4, 5]) await sink.offer(offeredFrame(number));
    await other.offer(offeredFrame(6));
    expect(intake.lastSeq).toBe(3);
    await close();
  });

  it("begins a run where its sender did, between two frames that wait on disk", async () => {
    const { sink, runs, takeAll, close } = await spooling();
    for (const number of [1, 2, 3, 4]) await sink.offer(offeredFrame(number));
    await sink.beginRun({ name: "heating" });
    await sink.offer(offeredFrame(5));
    expect(runs).toEqual([]);
    await takeAll();
    expect(runs).toEqual([{ change: { op: "startRun", name: "heating" }, lastSeq: 4 }]);
    await close();
  });

  it("is gone on with by the next daemon: every frame that is not recorded is analysed, once, also if it is offered again", async () => {
    const first = await spooling();
    for (let number = 1; number <= 10; number++) await first.sink.offer(offeredFrame(number));
    const one = first.intake.take();
    if (one !== undefined) first.intake.end(one, { kind: "committed" });
    await later();
    await first.close();
    expect(isConserved(first.state().account)).toBe(true);
    // The queue's two were in memory only: their source, which was told, offers them again.
    const recorded = new Set(["frame-1"]);
    const second = await spooling(recorded);
    for (let number = 1; number <= 10; number++) await second.sink.offer(offeredFrame(number));
    const taken = await second.takeAll();
    expect(new Set(taken.map(({ frame }) => frame.key)).size).toBe(taken.length);
    expect(taken.map(({ frame }) => frame.key).sort()).toEqual(
      Array.from({ length: 9 }, (_, index) => `frame-${index + 2}`).sort(),
    );
    expect(second.state().account).toMatchObject({ seen: 9, committed: 9, inFlight: 0 });
    await second.close();
  });

  it("lets its source wait while the disk is full, and goes on when frames have left it", async () => {
    const intake: Intake = new Intake({
      limits: { items: 1, bytes: 1e6 },
      cadence: { policy: "spool" },
      clock: systemClock,
      onEarlyEnd: (frame) => intake.end(frame, { kind: "dropped", cause: "intake/shutdown" }),
    });
    const source = new ScriptedSource();
    const sink = intake.sinkFor(source, { spool: await openSpool(join(dir, "spool"), 300) });
    let offered = 0;
    const all = (async () => {
      for (let number = 1; number <= 12; number++) {
        await sink.offer(offeredFrame(number));
        offered = number;
      }
    })();
    await later();
    expect(offered).toBeLessThan(12);
    for (let seq = 1; seq <= 12; ) {
      const frame = intake.take();
      if (frame === undefined) {
        await later();
        continue;
      }
      expect(frame.seq).toBe(seq++);
      intake.end(frame, { kind: "committed" });
    }
    await all;
    expect(intake.states().get(source.name)?.account).toMatchObject({ seen: 12, committed: 12, inFlight: 0 });
    intake.close();
    await intake.release();
  });
});
