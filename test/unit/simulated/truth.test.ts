import { describe, expect, it } from "vitest";
import type { PixelData } from "../../../src/stream/base/frame.js";
import { closerThan, footprintOf } from "../../../src/stream/source/simulated/body.js";
import { Camera } from "../../../src/stream/source/simulated/camera.js";
import { PAPER_SCENES } from "../../../src/stream/source/simulated/paper-scenes.js";
import { liesWithin, placeParticles, viewOf } from "../../../src/stream/source/simulated/placement.js";
import { defineScene } from "../../../src/stream/source/simulated/scene-check.js";
import type { SceneSpec } from "../../../src/stream/source/simulated/scene-spec.js";
import {
  greatestThicknessNm,
  projectedAreaNm2,
  type Shape,
  thicknessProfile,
  volumeNm3,
} from "../../../src/stream/source/simulated/shape.js";
import { simulateFrame } from "../../../src/stream/source/simulated/simulate-frame.js";
import { fingerprint } from "../../support/simulated-statistics.js";

const SHAPES: readonly Shape[] = [
  { kind: "sphere", diameterNm: 50 },
  { kind: "rod", lengthNm: 65, widthNm: 10 },
  { kind: "concave-cube", edgeNm: 50 },
  { kind: "prism", edgeNm: 60, thicknessNm: 20 },
];

/** A scene of every shape, at 0.5 nm/px so that discretisation is small. */
const MIXED: Partial<SceneSpec> = {
  fieldOfViewNm: 400,
  widthPx: 800,
  heightPx: 600,
  kinds: SHAPES.map((shape) => ({ shape, relativeSd: 0.1, weight: 1 })),
  population: { kind: "count", count: 16 },
};

describe("a shape", () => {
  it.each(SHAPES)("has the volume and the area of its thickness profile: $kind", (shape) => {
    const thicknessAt = thicknessProfile(shape);
    const stepNm = 0.1;
    let volume = 0;
    let area = 0;
    let thickest = 0;
    for (let u = -45; u < 45; u += stepNm) {
      for (let v = -45; v < 45; v += stepNm) {
        const thickness = thicknessAt(u, v);
        volume += thickness * stepNm * stepNm;
        area += thickness > 0 ? stepNm * stepNm : 0;
        thickest = Math.max(thickest, thickness);
      }
    }
    expect(Math.abs(volume / volumeNm3(shape) - 1)).toBeLessThan(0.005);
    expect(Math.abs(area / projectedAreaNm2(shape) - 1)).toBeLessThan(0.005);
    expect(Math.abs(thickest / greatestThicknessNm(shape) - 1)).toBeLessThan(0.02);
  });

  it("has the paper's concave cube: 0.7 of its edge thick in the middle of the face", () => {
    expect(thicknessProfile({ kind: "concave-cube", edgeNm: 50 })(0, 0)).toBeCloseTo(35, 10);
  });

  it("keeps its distance by outline: crossing rods, nested bodies, corners and sides", () => {
    const rod = { shape: SHAPES[1], xNm: 0, yNm: 0, angleRad: 0 };
    const at = (shape: Shape, xNm: number, yNm: number, angleRad = 0) => footprintOf({ shape, xNm, yNm, angleRad });
    expect(closerThan(0, footprintOf(rod), at(SHAPES[1], 0, 0, Math.PI / 2))).toBe(true);
    expect(closerThan(0, footprintOf(rod), at(SHAPES[1], 0, 10.01))).toBe(false);
    expect(closerThan(0.1, footprintOf(rod), at(SHAPES[1], 0, 10.01))).toBe(true);
    expect(closerThan(0, at(SHAPES[2], 0, 0), at({ kind: "sphere", diameterNm: 2 }, 5, 5))).toBe(true);
    expect(closerThan(0, at(SHAPES[2], 0, 0), at({ kind: "concave-cube", edgeNm: 4 }, 3, 3))).toBe(true);
    expect(closerThan(0, at(SHAPES[2], 0, 0), at(SHAPES[2], 50.01, 0))).toBe(false);
    expect(closerThan(0, at(SHAPES[2], 0, 0), at(SHAPES[2], 50.01, 0, Math.PI / 4))).toBe(true);
  });
});

describe("the truth of a frame", () => {
  it.each(SHAPES)("counts as many mask pixels as the formula's area: $kind", (shape) => {
    const kinds = [{ shape, relativeSd: 0.1, weight: 1 }];
    const { truth } = simulateFrame(defineScene({ ...MIXED, kinds, population: { kind: "count", count: 10 } }), 6);
    expect(truth.particles).toHaveLength(10);
    const pixelArea = truth.pixelSizeNm ** 2;
    const areas = truth.particles.map((particle) => (particle.maskAreaPx2 * pixelArea) / particle.projectedAreaNm2);
    for (const ratio of areas) expect(Math.abs(ratio - 1)).toBeLessThan(0.03);
    expect(Math.abs(areas.reduce((sum, ratio) => sum + ratio, 0) / areas.length - 1)).toBeLessThan(0.005);
  });

  it("labels each particle's pixels with its number, around where it says it is", () => {
    const { truth } = simulateFrame(defineScene(MIXED), 2);
    const labelled = Array.from(truth.labels.keys()).filter((i) => truth.labels[i] > 0);
    for (const { id, xPx, yPx, shape, labelAreaPx2, maskAreaPx2 } of truth.particles) {
      const indices = labelled.filter((i) => truth.labels[i] === id);
      expect(indices).toHaveLength(labelAreaPx2);
      expect(labelAreaPx2).toBe(maskAreaPx2);
      const mean = (of: (i: number) => number) => indices.reduce((sum, i) => sum + of(i), 0) / indices.length;
      expect(Math.abs(mean((i) => (i % 800) + 0.5) - xPx), shape.kind).toBeLessThan(0.5);
      expect(Math.abs(mean((i) => Math.floor(i / 800) + 0.5) - yPx), shape.kind).toBeLessThan(0.5);
    }
  });

  it("says what the formulas say: area-equivalent diameter and thickness", () => {
    const { truth } = simulateFrame(PAPER_SCENES["spheres-50/noise-free"], 1);
    for (const { shape, ecdNm, thicknessNm, projectedAreaNm2: area } of truth.particles) {
      if (shape.kind !== "sphere") throw new Error(`a ${shape.kind} among spheres`);
      expect(ecdNm).toBeCloseTo(shape.diameterNm, 9);
      expect(thicknessNm).toBe(shape.diameterNm);
      expect(area).toBeCloseTo((Math.PI * shape.diameterNm ** 2) / 4, 6);
    }
  });

  it("lets the topmost particle win an overlap and still counts the whole mask of the one below", () => {
    const scene = defineScene({ widthPx: 64, heightPx: 64, fieldOfViewNm: 64, shotNoise: false, depth: "float" });
    const sphere = { kind: "sphere", diameterNm: 20 } as const;
    const [low, high] = [30, 38].map((xNm, i) => ({ trackId: i + 1, shape: sphere, xNm, yNm: 32, angleRad: 0 }));
    const { truth, frame } = new Camera(scene, 1).expose([low, high]);
    const alone = new Camera(scene, 1).expose([low]);
    expect(truth.labels[32 * 64 + 34]).toBe(2);
    expect(truth.particles[0].maskAreaPx2).toBe(alone.truth.particles[0].maskAreaPx2);
    expect(truth.particles[0].labelAreaPx2).toBeLessThan(truth.particles[0].maskAreaPx2);
    expect(truth.particles[1].labelAreaPx2).toBe(truth.particles[1].maskAreaPx2);
    // Thicknesses add, so the overlap is brighter than either alone.
    expect(frame.pixels[32 * 64 + 34]).toBeGreaterThan(alone.frame.pixels[32 * 64 + 34]);
  });

  it("lists what the border cuts, and leaves out what lies outside", () => {
    const scene = defineScene({ widthPx: 32, heightPx: 32, fieldOfViewNm: 32 });
    const shape = { kind: "sphere", diameterNm: 10 } as const;
    const bodies = [-20, 0, 16].map((xNm, i) => ({ trackId: 40 + i, shape, xNm, yNm: 16, angleRad: 0 }));
    const { truth } = new Camera(scene, 1).expose(bodies);
    expect(truth.particles.map(({ id, trackId, touchesBorder }) => [id, trackId, touchesBorder])).toEqual([
      [1, 41, true],
      [2, 42, false],
    ]);
  });

  it("is where the particle is when the shutter opens, also when motion blurs the picture", () => {
    const small = { fieldOfViewNm: 200, widthPx: 200, heightPx: 200, population: { kind: "count", count: 3 } } as const;
    const still = defineScene({ ...small, shotNoise: false, depth: "float" });
    const moving = defineScene({ ...still, motionBlur: { diffusionNm2PerS: 500, subSteps: 30 } });
    const [sharp, blurred] = [simulateFrame(still, 5), simulateFrame(moving, 5)];
    expect(blurred.truth).toEqual(sharp.truth);
    const brightest = (pixels: PixelData) => Array.from(pixels).reduce((most, value) => Math.max(most, value));
    expect(brightest(blurred.frame.pixels)).toBeLessThan(brightest(sharp.frame.pixels));
  });

  it("holds for a frame of one pixel and for an empty one", () => {
    const pixel = defineScene({ widthPx: 1, heightPx: 1, fieldOfViewNm: 20, population: { kind: "count", count: 0 } });
    expect(simulateFrame(pixel, 1).truth).toMatchObject({ particles: [], widthPx: 1, heightPx: 1 });
    const full = defineScene({ ...pixel, population: { kind: "count", count: 1 }, marginNm: null });
    expect(simulateFrame(full, 1).truth.labels).toEqual(Uint16Array.of(1));
  });
});

describe("placement", () => {
  it("keeps gap and margin for every shape, and draws as many as asked for", () => {
    for (const seed of [1, 2, 3]) {
      const scene = defineScene({ ...MIXED, minGapNm: 4, marginNm: 6 });
      const footprints = placeParticles(scene, seed).map(footprintOf);
      expect(footprints).toHaveLength(16);
      for (const [i, a] of footprints.entries()) {
        expect(liesWithin(a, viewOf(scene), 6)).toBe(true);
        for (const b of footprints.slice(i + 1)) expect(closerThan(4, a, b)).toBe(false);
      }
      const { truth } = simulateFrame(scene, seed);
      expect(truth.particles.every(({ touchesBorder }) => !touchesBorder)).toBe(true);
    }
  });

  it("lets particles overlap and the border cut them when allowed", () => {
    const scene = defineScene({ population: { kind: "count", count: 150 }, minGapNm: null, marginNm: null });
    const { truth } = simulateFrame(scene, 1);
    expect(truth.particles.some(({ labelAreaPx2, maskAreaPx2 }) => labelAreaPx2 < maskAreaPx2)).toBe(true);
    expect(truth.particles.some(({ touchesBorder }) => touchesBorder)).toBe(true);
  });

  it("takes a number density per um2", () => {
    const scene = defineScene({ fieldOfViewNm: 1000, population: { kind: "density", perUm2: 40 } });
    expect(placeParticles(scene, 1)).toHaveLength(40);
  });

  it("draws sizes of the asked mean and spread, and kinds by their weight", () => {
    const [sphere, rod] = SHAPES;
    const kinds = [
      { shape: sphere, relativeSd: 0.1, weight: 3 },
      { shape: rod, relativeSd: 0.1, weight: 1 },
    ];
    const scene = defineScene({ kinds, population: { kind: "count", count: 4000 }, minGapNm: null, marginNm: null });
    const bodies = placeParticles(scene, 1);
    const diameters = bodies.flatMap(({ shape }) => (shape.kind === "sphere" ? [shape.diameterNm] : []));
    expect(Math.abs(diameters.length / bodies.length - 0.75)).toBeLessThan(0.03);
    const mean = diameters.reduce((sum, d) => sum + d, 0) / diameters.length;
    const variance = diameters.reduce((sum, d) => sum + (d - mean) ** 2, 0) / diameters.length;
    expect(Math.abs(mean - 50)).toBeLessThan(0.4);
    expect(Math.abs(Math.sqrt(variance) - 5)).toBeLessThan(0.3);
  });
});

describe("the seed", () => {
  it("gives the same bytes each time, and these bytes on every machine", () => {
    expect(fingerprint(simulateFrame(PAPER_SCENES["cubes-50/snr-7.4870"], 7))).toMatchInlineSnapshot(
      `"2e624293a6a01168"`,
    );
    const mixed = defineScene({ ...MIXED, readNoiseElectrons: 2, mtfSigmaPx: 0.8, depth: "16" });
    expect(fingerprint(simulateFrame(mixed, 7))).toMatchInlineSnapshot(`"45075f985db333a0"`);
    expect(fingerprint(simulateFrame(mixed, 7))).toBe(fingerprint(simulateFrame(mixed, 7)));
  });

  it("gives different bytes when it differs, and noise alone changes no truth", () => {
    const scene = PAPER_SCENES["rods-65x10/snr-14.5497"];
    expect(fingerprint(simulateFrame(scene, 1))).not.toBe(fingerprint(simulateFrame(scene, 2)));
    const quiet = PAPER_SCENES["rods-65x10/noise-free"];
    const [noisy, silent] = [simulateFrame(scene, 1).truth, simulateFrame(quiet, 1).truth];
    expect(noisy.labels.every((label, i) => label === silent.labels[i])).toBe(true);
    expect(noisy.particles).toEqual(silent.particles);
  });
});
