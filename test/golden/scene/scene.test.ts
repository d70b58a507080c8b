/** The simulator and the training draw the same scenes alike; generate.py holds the training's side. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Camera } from "../../../src/stream/source/simulated/camera.js";
import { defineScene } from "../../../src/stream/source/simulated/scene-check.js";
import type { Modality, SceneSpec } from "../../../src/stream/source/simulated/scene-spec.js";
import type { Shape } from "../../../src/stream/source/simulated/shape.js";

interface Golden {
  readonly edgePx: number;
  readonly beam: Pick<SceneSpec, "doseRate" | "exposureS" | "liquidThicknessNm" | "windowThicknessNm">;
  readonly cases: readonly {
    readonly name: string;
    readonly modality: Modality;
    readonly fieldOfViewNm: number;
    readonly bodies: readonly {
      readonly shape: Shape;
      readonly xNm: number;
      readonly yNm: number;
      readonly angleRad: number;
    }[];
    /** float32, little-endian, base64. */
    readonly electrons: string;
  }[];
}

const { edgePx, beam, cases }: Golden = JSON.parse(readFileSync(new URL("cases.json", import.meta.url), "utf8"));

describe("a scene is the same for the simulator and for the training", () => {
  it.each(cases)("$name", ({ modality, fieldOfViewNm, bodies, electrons }) => {
    const spec = defineScene({
      ...beam,
      modality,
      fieldOfViewNm,
      widthPx: edgePx,
      heightPx: edgePx,
      shotNoise: false,
      gain: 1,
      depth: "float",
    });
    const { frame } = new Camera(spec, 1).expose(bodies.map((body, i) => ({ ...body, trackId: i + 1 })));
    const bytes = Buffer.from(electrons, "base64");
    const expected = Float32Array.from({ length: edgePx * edgePx }, (_, i) => bytes.readFloatLE(4 * i));
    // Thickness is added up in float32 on one side: 1e-6 of the brightest, and no pixel on the wrong side of an outline.
    const tolerance = 2e-6 * Math.max(...expected);
    const wrong = expected.findIndex((value, i) => Math.abs(value - frame.pixels[i]) > tolerance);
    expect(wrong, `pixel ${wrong}: ${frame.pixels[wrong]} for ${expected[wrong]}`).toBe(-1);
  });
});
