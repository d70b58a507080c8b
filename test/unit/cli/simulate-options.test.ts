import { describe, expect, it } from "vitest";
import {
  DEFAULT_SIMULATE,
  MOVIE_DEFAULTS,
  movieFrom,
  sceneFrom,
  simulateSchema,
} from "../../../src/daemon/cli/simulate/options.js";
import { DEMO_MOVIE } from "../../../src/stream/source/simulated/movie-spec.js";
import { DEFAULT_SCENE } from "../../../src/stream/source/simulated/scene-spec.js";

describe("the options of simulate", () => {
  it("are valid as they are by default", () => {
    expect(simulateSchema.parse(DEFAULT_SIMULATE)).toEqual(DEFAULT_SIMULATE);
    expect(simulateSchema.parse(MOVIE_DEFAULTS)).toEqual(MOVIE_DEFAULTS);
  });

  it("describe the default scene by default, and the demo with --movie", () => {
    expect(sceneFrom(DEFAULT_SIMULATE)).toEqual(DEFAULT_SCENE);
    expect(movieFrom({ ...MOVIE_DEFAULTS, movie: true })).toEqual(DEMO_MOVIE);
  });

  it("run a movie in real time at the rate it is written with", () => {
    expect(movieFrom({ ...MOVIE_DEFAULTS, movie: true, rate: 4 }).frameIntervalS).toBe(0.25);
  });

  it("replace all other noise by Gaussian noise when an SNR is asked for", () => {
    const scene = sceneFrom({ ...MOVIE_DEFAULTS, movie: true, snr: 7.487 });
    expect(scene).toMatchObject({ snr: 7.487, shotNoise: false, readNoiseElectrons: 0 });
  });

  it.each([
    ["sphere", { kind: "sphere", diameterNm: 65 }],
    ["rod", { kind: "rod", lengthNm: 65, widthNm: 10 }],
    ["concave-cube", { kind: "concave-cube", edgeNm: 65 }],
    ["prism", { kind: "prism", edgeNm: 65, thicknessNm: 65 / 3 }],
  ] as const)("make a %s of a mean size", (shape, expected) => {
    const { kinds } = sceneFrom({ ...DEFAULT_SIMULATE, shape, sizeNm: 65, sizeSd: 0.2 });
    expect(kinds).toEqual([{ shape: expected, relativeSd: 0.2, weight: 1 }]);
  });

  it("scale all shapes of the mixture together", () => {
    const { kinds } = sceneFrom({ ...MOVIE_DEFAULTS, sizeNm: 2 * MOVIE_DEFAULTS.sizeNm });
    const [first] = DEMO_MOVIE.scene.kinds;
    const [scaled] = kinds;
    expect(first?.shape.kind === "sphere" && scaled?.shape.kind === "sphere").toBe(true);
    if (first?.shape.kind !== "sphere" || scaled?.shape.kind !== "sphere") return;
    expect(scaled.shape.diameterNm).toBe(2 * first.shape.diameterNm);
    expect(scaled.relativeSd).toBe(first.relativeSd);
  });

  it("let particles overlap when asked", () => {
    expect(sceneFrom({ ...DEFAULT_SIMULATE, overlap: true }).minGapNm).toBeNull();
  });
});
