import { describe, expect, it } from "vitest";
import type { AnalyzerChild, ChildEvents, SpawnAnalyzer } from "../../../src/daemon/analyzer/child.js";
import type { AnalyzerOptions, AnalyzerReady, FrameIn } from "../../../src/daemon/analyzer/messages.js";
import { GPU_LOST_EXIT_CODE } from "../../../src/daemon/analyzer/messages.js";
import { Analyzer } from "../../../src/daemon/analyzer/supervisor.js";
import { createLog } from "../../../src/daemon/observe/log.js";
import { analysed, frameIn } from "../../support/frames.js";

const READY: AnalyzerReady = { op: "ready", filterBackend: "wasm", segmenterBackend: "cpu", batchLimit: 1, notes: [] };
const OPTIONS: AnalyzerOptions = {
  gpu: "auto",
  provider: "auto",
  manifestPath: "manifest.json",
  inferenceThreads: 1,
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

function analyzerWith(spawn: SpawnAnalyzer, frameDeadlineMs = 5_000): Analyzer {
  return new Analyzer({
    analyzer: OPTIONS,
    log: createLog({ level: "error", format: "json", write: () => undefined }),
    spawn,
    frameDeadlineMs,
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
    const analyzer = analyzerWith(spawn, 20);
    expect((await analyzer.analyze(frameIn(1))).op).toBe("analysed");
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
