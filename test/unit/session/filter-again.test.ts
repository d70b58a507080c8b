import { describe, expect, it } from "vitest";
import { AnalyzerClosedError } from "../../../src/daemon/analyzer/errors.js";
import type { AnalysisOut, FrameIn } from "../../../src/daemon/analyzer/messages.js";
import { FilterAgain } from "../../../src/daemon/session/filter-again.js";
import { DEFAULT_SETTINGS } from "../../../src/stream/base/settings.js";
import type { FrameSeq } from "../../../src/stream/base/units.js";
import { analysed } from "../../support/frames.js";

const sent = (seq: number): FrameIn => ({
  op: "frame",
  seq: seq as FrameSeq,
  payload: { kind: "bytes", bytes: Uint8Array.of(seq) },
  settings: { ...DEFAULT_SETTINGS, filter: "gaussian", segmenter: "mask-rcnn" },
  displayRange: { low: 3, high: 9 },
  sigmaBefore: 4,
  previews: ["raw"],
});

const LEVELS = {
  ...{ leftPx: 0, topPx: 0, widthPx: 2, heightPx: 1, isRounded: false },
  ...{ rawLevels: Uint8Array.of(1, 2), filteredLevels: Uint8Array.of(2, 1) },
};

function rig(answer: (frame: FrameIn) => AnalysisOut | Promise<AnalysisOut>) {
  const frames: FrameIn[] = [];
  const again = new FilterAgain({
    analyze: async (frame) => {
      frames.push(frame);
      return answer(frame);
    },
  });
  return { again, frames };
}

function withLevels({ seq }: FrameIn): AnalysisOut {
  const out = analysed(seq);
  return out.op === "analysed" ? { ...out, analysis: { ...out.analysis, levels: LEVELS } } : out;
}

const ask = { op: "filterFrame", requestId: "r" } as const;

describe("filtering the last frame again", () => {
  it("sends the newest frame as it was sent, with the settings that differ and no work that nobody sees", async () => {
    const { again, frames } = rig(withLevels);
    for (const seq of [1, 3, 2]) again.see(sent(seq));
    const answer = await again.carryOut({ ...ask, settings: { filter: "nlm", nlmH: 9 } });
    const { settings, ...rest } = sent(3);
    expect(frames).toEqual([
      {
        ...rest,
        settings: { ...settings, filter: "nlm", nlmH: 9, segmenter: "threshold" },
        previews: [],
        wantsOutlines: false,
        wantsLevels: true,
      },
    ]);
    expect(answer).toMatchObject({ op: "filteredFrame", requestId: "r", seq: 3, filter: "nlm", ...LEVELS });
  });

  it("is refused before the first frame, and when the frame cannot be read any more", async () => {
    const { again } = rig(({ seq }) => ({ op: "rejected", seq, reason: "vanished", detail: "it is gone" }));
    await expect(again.carryOut(ask)).rejects.toMatchObject({ tag: "FrameUnavailable" });
    again.see(sent(1));
    await expect(again.carryOut(ask)).rejects.toMatchObject({
      tag: "FrameUnavailable",
      received: "frame 1: it is gone",
    });
  });

  it("lets go of a frame when a newer one has come, and of one that is being filtered when that is done", async () => {
    let finish: () => void = () => undefined;
    const { again } = rig(async (frame) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return withLevels(frame);
    });
    const released: number[] = [];
    const see = (seq: number) => again.see(sent(seq), () => released.push(seq));
    see(1);
    see(3);
    see(2);
    expect(released).toEqual([1, 2]);
    const answer = again.carryOut(ask);
    await new Promise(setImmediate);
    see(4);
    see(5);
    expect(released).toEqual([1, 2, 4]);
    finish();
    await answer;
    expect(released).toEqual([1, 2, 4, 3]);
  });

  it("is done for one client after the other, also after a failure", async () => {
    let under = 0;
    let most = 0;
    let calls = 0;
    const { again } = rig(async (frame) => {
      under += 1;
      most = Math.max(most, under);
      await new Promise(setImmediate);
      under -= 1;
      calls += 1;
      if (calls === 1) throw new AnalyzerClosedError();
      return withLevels(frame);
    });
    again.see(sent(1));
    const answers = await Promise.allSettled([ask, ask, ask].map((request) => again.carryOut(request)));
    expect(answers.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(most).toBe(1);
  });
});
