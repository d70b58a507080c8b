import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { averagePrecision, IOU_THRESHOLDS } from "../../../src/daemon/evaluation/average-precision.js";
import { judgeFrame } from "../../../src/daemon/evaluation/judge.js";
import { type DiscPx, discMask, foundFrom, truthFrom } from "../../support/evaluation.js";

interface PrecisionCase {
  readonly name: string;
  readonly kind: "masks" | "boxes";
  readonly frames: readonly {
    readonly truth: readonly DiscPx[];
    readonly found: readonly DiscPx[];
    readonly scores: readonly number[];
  }[];
  readonly ap50: number;
  readonly ap50To95: number;
  readonly matched: readonly number[];
}

const CASES: readonly PrecisionCase[] = JSON.parse(
  readFileSync(new URL("precision.json", import.meta.url), "utf8"),
) as readonly PrecisionCase[];

describe.each(CASES)("$name, $kind: as pycocotools", (golden) => {
  const judgements = golden.frames.map(({ truth, found, scores }) =>
    judgeFrame(
      found.map((disc, i) => foundFrom(discMask(disc), scores[i])),
      truthFrom(
        truth.map((disc) => discMask(disc)),
        golden.kind,
      ),
    ),
  );

  it("matches as many at each threshold", () => {
    const hits = judgements.flatMap((judgement) => Array.from(judgement.hits));
    expect(IOU_THRESHOLDS.map((_, bit) => hits.filter((bits) => (bits >> bit) & 1).length)).toEqual(golden.matched);
  });

  it("has the same average precision", () => {
    const truthCount = golden.frames.reduce((sum, { truth }) => sum + truth.length, 0);
    const { ap50, ap50To95 } = averagePrecision(judgements, truthCount);
    expect(ap50).toBeCloseTo(golden.ap50, 13);
    expect(ap50To95).toBeCloseTo(golden.ap50To95, 13);
  });
});
