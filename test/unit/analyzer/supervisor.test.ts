import { describe, expect, it } from "vitest";
import type { AnalyzerChild, ChildEvents, SpawnAnalyzer } from "../../../src/daemon/analyzer/child.js";
import type { AnalyzerOptions, AnalyzerReady, FrameIn } from "../../../src/daemon/analyzer/messages.js";
import { GPU_LOST_EXIT_CODE } from "../../../src/daemon/analyzer/messages.js";
import type { SupervisionLimits } from "../../../src/daemon/analyzer/supervision.js";
import { Analyzer } from "../../../src/daemon/analyzer/supervisor.js";
import { createLog } from "../../../src/daemon/observe/log.js";
import { analysed, frameIn } from "../../support/frames.js";

const READY: AnalyzerReady = {
  op: "ready",
  filterBackend: "wasm",
  segmenterBackend: "cpu",
  model: null,
  batchLimit: 1,
  notes: [],
};
const OPTIONS: AnalyzerOptions = {
  gpu: "auto",
  provider: "auto",
  manifestPath: "manifest.json",
  denoiserPath: "denoiser.json",
  inferenceThreads: 1,
  filterThreads: 1,
  batchWaitMs: 2,
  hdf5Dataset: null,
};

/** What a scripted process does with a frame. */
type Behaviour = (frame: FrameIn, on: ChildEvents) => void;

/** Processes that are ready at once and behave as told; `deaths` before them end at the start. */
function scriptedSpawn(behave: Behaviour, vainStarts = 0) {
  const started: AnalyzerOptions[] = [];
  const spawn: SpawnAnalyzer = (options, on) => {
    started.push(options);
    const isVain = started.length <= vainStarts;
    setImmediate(() => (isVain ? on.death({ exitCode: null, signal: "SIGSEGV" }) : on.message(READY)));
    const die = () => setImmediate(() => on.death({ exitCode: 0, signal: null }));
    const child: AnalyzerChild = { pid: started.length, send: (frame) => behave(frame, on), end: die, kill: die };
    return child;
  };
  return { spawn, started };
}

interface Held extends Partial<SupervisionLimits> {
  readonly gpuRetryMs?: number;
}

function analyzerWith(spawn: SpawnAnalyzer, { gpuRetryMs = 60_000, ...limits }: Held = {}): Analyzer {
  return new Analyzer({
    analyzer: OPTIONS,
    log: createLog({ level: "error", format: "json", write: () => undefined }),
    spawn,
    limits: { frameDeadlineMs: 5_000, silenceMs: 60_000, memoryBytes: null, ...limits },
    gpuRetryMs,
  });
}

const answer: Behaviour = (frame, on) => setImmediate(() => on.message(analysed(frame.seq)));
const crash = (on: ChildEvents, exitCode: number | null = null) =>
  setImmediate(() => on.death({ exitCode, signal: exitCode === null ? "SIGSEGV" : null }));

describe("a supervised analyzer", () => {
  it("sends the frames in flight again when its process dies", async () => {
    let isFirst = true;
    const { spawn, started } = scriptedSpawn((frame, on) => {
      if (!isFirst) return answer(frame, on);
      isFirst = false;
      crash(on);
    });
    const analyzer = analyzerWith(spawn);
    const outs = await Promise.all([1, 2, 3].map((seq) => analyzer.analyze(frameIn(seq))));
    expect(outs.map(({ op, seq }) => [op, seq])).toEqual([
      ["analysed", 1],
      ["analysed", 2],
      ["analysed", 3],
    ]);
    expect(started).toHaveLength(2);
    expect(analyzer.state().restarts).toBe(1);
    await analyzer.close();
  });

  it("rejects the one frame that kills it twice as poison, and analyses all others", async () => {
    const { spawn } = scriptedSpawn((frame, on) => (frame.seq === 3 ? crash(on) : answer(frame, on)));
    const analyzer = analyzerWith(spawn);
    const outs = await Promise.all([1, 2, 3, 4, 5].map((seq) => analyzer.analyze(frameIn(seq))));
    expect(outs.map((out) => (out.op === "rejected" ? out.reason : out.op))).toEqual([
      "analysed",
      "analysed",
      "poison",
      "analysed",
      "analysed",
    ]);
    await analyzer.close();
  });

  it("kills a process that hangs, and redoes its frame", async () => {
    let isFirst = true;
    const { spawn } = scriptedSpawn((frame, on) => {
      if (isFirst) isFirst = false;
      else answer(frame, on);
    });
    const analyzer = analyzerWith(spawn, { frameDeadlineMs: 20 });
    expect((await analyzer.analyze(frameIn(1))).op).toBe("analysed");
    await analyzer.close();
  });

  it("lets a process compute that gives no result for long, as long as it beats and its time is not up", async () => {
    let started = 0;
    const spawn: SpawnAnalyzer = (_, on) => {
      started += 1;
      setImmediate(() => on.message(READY));
      const beats = setInterval(() => on.beat(1), 5);
      const die = () => {
        clearInterval(beats);
        setImmediate(() => on.death({ exitCode: 0, signal: null }));
      };
      const send = (frame: FrameIn) => setTimeout(() => on.message(analysed(frame.seq)), 150);
      return { pid: started, send: (frame) => void send(frame), end: die, kill: die };
    };
    const analyzer = analyzerWith(spawn, { silenceMs: 50 });
    expect((await analyzer.analyze(frameIn(1))).op).toBe("analysed");
    expect(started).toBe(1);
    await analyzer.close();
  });

  it("finds a process that beats no more, long before its frame is overdue, and redoes the frame", async () => {
    let isFirst = true;
    const { spawn, started } = scriptedSpawn((frame, on) => {
      if (isFirst) isFirst = false;
      else answer(frame, on);
    });
    const analyzer = analyzerWith(spawn, { silenceMs: 20, frameDeadlineMs: 3_600_000 });
    expect((await analyzer.analyze(frameIn(1))).op).toBe("analysed");
    expect(started.length).toBeGreaterThanOrEqual(2);
    await analyzer.close();
  });

  it("starts a process that has grown too large again between frames, and blames and loses none", async () => {
    const events: string[] = [];
    let generation = 0;
    const spawn: SpawnAnalyzer = (_, on) => {
      generation += 1;
      const mine = generation;
      let held = 0;
      setImmediate(() => on.message(READY));
      const send = (frame: FrameIn) => {
        held += 1;
        events.push(`${mine} has ${frame.seq}`);
        // It says that it is large while it has frames: those are finished first.
        if (mine === 1 && frame.seq === 2) on.beat(1_001);
        setImmediate(() => {
          held -= 1;
          on.message(analysed(frame.seq));
        });
      };
      const end = () => {
        events.push(`${mine} ends with ${held}`);
        setImmediate(() => on.death({ exitCode: 0, signal: null }));
      };
      return { pid: mine, send, end, kill: end };
    };
    const analyzer = analyzerWith(spawn, { memoryBytes: 1_000 });
    await analyzer.ready();
    const outs = await Promise.all([1, 2, 3, 4].map((seq) => analyzer.analyze(frameIn(seq))));
    expect(outs.map(({ op }) => op)).toEqual(["analysed", "analysed", "analysed", "analysed"]);
    expect(events).toEqual(["1 has 1", "1 has 2", "1 ends with 0", "2 has 3", "2 has 4"]);
    expect(analyzer.state()).toMatchObject({ restarts: 1, notes: [] });
    await analyzer.close();
  });

  it("says degraded with each result while a lost GPU is replaced, and goes back to it when it computes again", async () => {
    let isGpuThere = true;
    const spawn: SpawnAnalyzer = (current, on) => {
      const usesGpu = current.gpu !== "off" && isGpuThere;
      setImmediate(() => on.message({ ...READY, notes: usesGpu ? [] : ["no GPU found"] }));
      const die = () => setImmediate(() => on.death({ exitCode: 0, signal: null }));
      const send = (frame: FrameIn) => {
        if (frame.seq !== 2 || !usesGpu) return answer(frame, on);
        isGpuThere = false;
        crash(on, GPU_LOST_EXIT_CODE);
      };
      return { pid: 1, send, end: die, kill: die };
    };
    const analyzer = analyzerWith(spawn, { gpuRetryMs: 5 });
    const degradedOf = async (seq: number) => {
      const out = await analyzer.analyze(frameIn(seq));
      return out.op === "analysed" ? (out.degraded ?? []) : out.op;
    };
    expect(await degradedOf(1)).toEqual([]);
    expect(await degradedOf(2)).toEqual([expect.stringContaining("no GPU found")]);
    expect(analyzer.state().notes).toHaveLength(1);
    isGpuThere = true;
    await expect.poll(() => analyzer.state().notes).toEqual([]);
    expect(await degradedOf(3)).toEqual([]);
    await analyzer.close();
  });

  it("does not blame a frame for a lost GPU, and leaves the GPU when it is lost again and again", async () => {
    const options: AnalyzerOptions[] = [];
    const inner = scriptedSpawn(() => undefined);
    const spawn: SpawnAnalyzer = (current, on) => {
      options.push(current);
      const child = inner.spawn(current, on);
      return { ...child, send: (frame) => (current.gpu === "off" ? answer(frame, on) : crash(on, GPU_LOST_EXIT_CODE)) };
    };
    const analyzer = analyzerWith(spawn);
    expect((await analyzer.analyze(frameIn(1))).op).toBe("analysed");
    expect(options.map(({ gpu }) => gpu)).toEqual(["auto", "auto", "auto", "off"]);
    expect(analyzer.state().notes).toHaveLength(1);
    await analyzer.close();
  });

  it("says what was refused, and does not start again", async () => {
    const started: number[] = [];
    const spawn: SpawnAnalyzer = (_, on) => {
      started.push(1);
      setImmediate(() => {
        on.message({
          op: "refused",
          tag: "ModelCorrupt",
          received: "sha256 00",
          expected: "sha256 ff",
          remedy: "Fetch it again.",
        });
        on.death({ exitCode: 0, signal: null });
      });
      return { pid: 1, send: () => undefined, end: () => undefined, kill: () => undefined };
    };
    const analyzer = analyzerWith(spawn);
    await expect(analyzer.ready()).rejects.toMatchObject({
      tag: "AnalyzerRefused",
      causeTag: "ModelCorrupt",
      expected: "sha256 ff",
    });
    await expect(analyzer.analyze(frameIn(1))).rejects.toMatchObject({ tag: "AnalyzerRefused" });
    expect(started).toHaveLength(1);
  });

  it("gives up with one clear error when no process ever becomes ready", async () => {
    const { spawn, started } = scriptedSpawn(answer, Number.POSITIVE_INFINITY);
    const analyzer = analyzerWith(spawn);
    await expect(analyzer.analyze(frameIn(1))).rejects.toMatchObject({ tag: "AnalyzerFailed", deaths: 5 });
    expect(started).toHaveLength(5);
  });

  it("rejects frames that wait when it is closed, and closes once", async () => {
    const { spawn } = scriptedSpawn(() => undefined);
    const analyzer = analyzerWith(spawn);
    await analyzer.ready();
    const waiting = expect(analyzer.analyze(frameIn(1))).rejects.toMatchObject({ tag: "AnalyzerClosed" });
    const closing = analyzer.close();
    expect(analyzer.close()).toBe(closing);
    await Promise.all([closing, waiting]);
    expect(analyzer.state().state).toBe("stopped");
  });
});
