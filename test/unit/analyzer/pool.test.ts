import { describe, expect, it } from "vitest";
import type { AnalysisOut, FrameIn } from "../../../src/daemon/analyzer/messages.js";
import type { AnalyzerLike } from "../../../src/daemon/analyzer/pool.js";
import { AnalyzerPool } from "../../../src/daemon/analyzer/pool.js";
import type { AnalyzerState } from "../../../src/daemon/analyzer/supervision.js";
import { analysed, frameIn } from "../../support/frames.js";

/** A member whose answers the test gives. */
class Member implements AnalyzerLike {
  readonly taken: number[] = [];
  readonly #answers = new Map<number, (out: AnalysisOut) => void>();
  closes = 0;

  constructor(
    public current: AnalyzerState["state"] = "ready",
    readonly notes: readonly string[] = [],
  ) {}

  async ready() {
    return {
      op: "ready",
      filterBackend: "wasm",
      segmenterBackend: "cpu",
      model: null,
      batchLimit: 1,
      notes: this.notes,
    } as const;
  }

  analyze({ seq }: FrameIn): Promise<AnalysisOut> {
    this.taken.push(seq);
    return new Promise((resolve) => this.#answers.set(seq, resolve));
  }

  answer(seq: number): void {
    this.#answers.get(seq)?.(analysed(seq));
  }

  state(): AnalyzerState {
    return { state: this.current, restarts: 1, ready: null, notes: this.notes, residentBytes: 10 };
  }

  async close(): Promise<void> {
    this.closes += 1;
  }
}

describe("a pool of analyzers", () => {
  it("gives each frame to the member with the least to do", async () => {
    const [a, b] = [new Member(), new Member()];
    const pool = new AnalyzerPool([a, b]);
    const outs = [1, 2, 3].map((seq) => pool.analyze(frameIn(seq)));
    expect([a.taken, b.taken]).toEqual([[1, 3], [2]]);
    b.answer(2);
    expect(await outs[1]).toMatchObject({ op: "analysed", seq: 2 });
    void pool.analyze(frameIn(4));
    expect(b.taken).toEqual([2, 4]);
  });

  it("passes a member over that restarts, while another is ready", () => {
    const [restarting, ready] = [new Member("restarting"), new Member()];
    const pool = new AnalyzerPool([restarting, ready]);
    for (const seq of [1, 2]) void pool.analyze(frameIn(seq));
    expect([restarting.taken, ready.taken]).toEqual([[], [1, 2]]);
    ready.current = "restarting";
    void pool.analyze(frameIn(3));
    expect(restarting.taken).toEqual([3]);
  });

  it("is in the worst of its members' states, with their memory and restarts together and each note once", async () => {
    const pool = new AnalyzerPool([new Member("ready", ["no GPU"]), new Member("restarting", ["no GPU", "slow"])]);
    expect(pool.state()).toMatchObject({
      state: "restarting",
      restarts: 2,
      residentBytes: 20,
      notes: ["no GPU", "slow"],
    });
    expect((await pool.ready()).notes).toEqual(["no GPU", "slow"]);
  });

  it("gives way to others once they are ready; frames under way stay where they are", async () => {
    const [old, fresh] = [new Member(), new Member()];
    const pool = new AnalyzerPool([old]);
    const first = pool.analyze(frameIn(1));
    await pool.replace([fresh]);
    void pool.analyze(frameIn(2));
    expect([old.taken, fresh.taken, old.closes]).toEqual([[1], [2], 0]);
    old.answer(1);
    expect(await first).toMatchObject({ op: "analysed", seq: 1 });
    await Promise.resolve();
    expect(old.closes).toBe(1);
    expect(pool.state().restarts).toBe(2);
    await pool.close();
    expect([old.closes, fresh.closes]).toEqual([1, 1]);
  });

  it("serves on when those that were to take over cannot work, and closes them", async () => {
    const old = new Member();
    const [good, bad] = [new Member(), new Member()];
    bad.ready = () => Promise.reject(new RangeError("no model"));
    const pool = new AnalyzerPool([old]);
    await expect(pool.replace([good, bad])).rejects.toThrow("no model");
    void pool.analyze(frameIn(1));
    expect([old.taken, old.closes, good.closes, bad.closes]).toEqual([[1], 0, 1, 1]);
  });

  it("closes every member", async () => {
    const members = [new Member(), new Member()];
    await new AnalyzerPool(members).close();
    expect(members.map(({ closes }) => closes)).toEqual([1, 1]);
  });
});
