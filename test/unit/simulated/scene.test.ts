import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  backgroundElectrons,
  detectedElectrons,
  greyScale,
  incidentElectrons,
} from "../../../src/stream/source/simulated/optics.js";
import { PAPER_SCENES, paperScene } from "../../../src/stream/source/simulated/paper-scenes.js";
import { checkScene, defineScene } from "../../../src/stream/source/simulated/scene-check.js";
import {
  DEFAULT_SCENE,
  MODALITIES,
  type SceneSpec,
  SceneSpecError,
} from "../../../src/stream/source/simulated/scene-spec.js";
import { simulateFrame } from "../../../src/stream/source/simulated/simulate-frame.js";
import { backgroundOf, backgroundSnr, momentsOf } from "../../support/simulated-statistics.js";

const EMPTY = { population: { kind: "count", count: 0 } } as const;

describe("the optics of simulatedLPTEM", () => {
  const check = defineScene({ fieldOfViewNm: 1070, modality: "bf", doseRate: 100, depth: "float", ...EMPTY });

  it("gives its check value: 4367.4 electrons in, 1270.2 on the background, 4407.7 counts", () => {
    expect(incidentElectrons(check)).toBeCloseTo(4367.4, 1);
    expect(backgroundElectrons(check)).toBeCloseTo(1270.2, 1);
    expect(backgroundElectrons(check) * check.gain).toBeCloseTo(4407.7, 1);
  });

  it("gives its check value for shot noise alone: SNR 35.65 within the scatter of one frame, and sqrt(1270.2) in theory", () => {
    const simulated = simulateFrame(check, 1);
    expect(momentsOf(simulated.frame.pixels).mean).toBeCloseTo(4407.7, -0.5);
    // A standard deviation from 262,144 pixels scatters by 1 / sqrt(2 n) = 0.14 %.
    expect(Math.abs(backgroundSnr(simulated) / 35.65 - 1)).toBeLessThan(0.005);
    expect(Math.sqrt(backgroundElectrons(check))).toBeCloseTo(35.64, 2);
  });

  it("gives the paper's settings: 10,000 electrons, background 2909, 27 % contrast under 50 nm", () => {
    const scene = paperScene("spheres-50", null);
    expect(incidentElectrons(scene)).toBeCloseTo(10_000, 6);
    expect(Math.abs(backgroundElectrons(scene) / 2909 - 1)).toBeLessThan(3e-4);
    const contrast = 1 - detectedElectrons(scene)(50) / backgroundElectrons(scene);
    expect(contrast).toBeCloseTo(0.27, 2);
    expect(contrast * 14.5497).toBeCloseTo(4.0, 1);
  });

  it("makes particles bright in HAADF, dark in bright field, bright again when inverted", () => {
    const brightness = MODALITIES.map((modality) => {
      const { frame, truth } = simulateFrame(defineScene({ modality, shotNoise: false, depth: "float" }), 4);
      const centre = truth.particles[0];
      const under = frame.pixels[Math.floor(centre.yPx) * 512 + Math.floor(centre.xPx)];
      const beside = frame.pixels[truth.labels.indexOf(0)];
      return Math.sign(under - beside);
    });
    expect(brightness).toEqual([1, -1, 1]);
  });

  it("lets no liquid be left where particles are thicker than it", () => {
    const thin = defineScene({ modality: "bf", liquidThicknessNm: 20 });
    const { particle, window } = { particle: 85, window: 144 };
    const expected = incidentElectrons(thin) * Math.exp(-(30 / particle + 100 / window));
    expect(detectedElectrons(thin)(30)).toBeCloseTo(expected, 8);
  });
});

describe("the SNR of a frame", () => {
  const SNRS = [4, 7.487, 14.5497];
  const CASES = MODALITIES.flatMap((modality) => SNRS.map((snr) => ({ modality, snr })));

  it.each(CASES)("is the one asked for: $modality, $snr", ({ modality, snr }) => {
    const scene = defineScene({ modality, snr, shotNoise: false, depth: "float" });
    expect(Math.abs(backgroundSnr(simulateFrame(scene, 9)) / snr - 1)).toBeLessThan(0.02);
  });

  it("is the one asked for at 8 and 16 bits, with shot noise, and after the detector's point spread", () => {
    const changes: readonly Partial<SceneSpec>[] = [
      { depth: "8", shotNoise: false },
      { depth: "16", shotNoise: false },
      { depth: "float", shotNoise: true },
      { depth: "float", shotNoise: true, mtfSigmaPx: 1.2, ...EMPTY },
    ];
    for (const change of changes) {
      const simulated = simulateFrame(defineScene({ modality: "bf-inverted", snr: 14.5497, ...change }), 2);
      expect(Math.abs(backgroundSnr(simulated) / 14.5497 - 1)).toBeLessThan(0.02);
    }
  });

  it("is without bound when noise-free", () => {
    const simulated = simulateFrame(PAPER_SCENES["spheres-50/noise-free"], 3);
    expect(momentsOf(backgroundOf(simulated)).standardDeviation).toBe(0);
  });
});

describe("the mapping to pixel values", () => {
  it("is electrons times gain for 16 bit and float, rounded for integers", () => {
    const scene = { shotNoise: false, modality: "bf", ...EMPTY } as const;
    const counts = backgroundElectrons(defineScene(scene)) * 3.47;
    expect(simulateFrame(defineScene({ ...scene, depth: "float" }), 1).frame.pixels[0]).toBeCloseTo(counts, 2);
    expect(simulateFrame(defineScene({ ...scene, depth: "16" }), 1).frame.pixels[0]).toBe(Math.round(counts));
  });

  it("is 255 at the stated full scale for 8 bit, and saturates beyond", () => {
    const at = (fullScaleElectrons: number) =>
      simulateFrame(defineScene({ modality: "bf", shotNoise: false, fullScaleElectrons, ...EMPTY }), 1).frame.pixels[0];
    const background = backgroundElectrons(defineScene({ modality: "bf" }));
    expect([at(background), at(background * 2), at(background / 2)]).toEqual([255, 128, 255]);
  });

  it("wastes nothing by default: the thickest particle and its noise stay below saturation", () => {
    for (const scene of Object.values(PAPER_SCENES)) {
      const { frame } = simulateFrame(scene, 8);
      const saturated = frame.pixels.filter((value) => value === 255).length;
      expect(saturated / frame.pixels.length).toBeLessThan(1e-3);
      expect(frame.pixels.some((value) => value > 180)).toBe(true);
    }
  });

  it("mirrors the bright field about its background", () => {
    const scene = defineScene({ modality: "bf-inverted", depth: "float" });
    const { slope, offset } = greyScale(scene);
    const background = backgroundElectrons(scene);
    expect(slope * background + offset).toBeCloseTo(background * scene.gain, 6);
    expect(slope).toBe(-scene.gain);
  });
});

describe("a scene that makes no sense", () => {
  const BAD: readonly (readonly [string, Partial<SceneSpec>])[] = [
    ["fieldOfViewNm", { fieldOfViewNm: 0 }],
    ["fieldOfViewNm", { fieldOfViewNm: Number.NaN }],
    ["widthPx", { widthPx: 512.5 }],
    ["heightPx", { heightPx: 16_385 }],
    ["widthPx x heightPx", { widthPx: 16_384, heightPx: 16_384 }],
    ["fieldOfViewNm / widthPx", { fieldOfViewNm: 1, widthPx: 4096 }],
    ["doseRate", { doseRate: -1 }],
    ["exposureS", { exposureS: Number.POSITIVE_INFINITY }],
    ["minGapNm", { minGapNm: -1 }],
    ["snr", { snr: 0 }],
    ["snr", { modality: "bf", snr: 54, shotNoise: true }],
    ["readNoiseElectrons", { snr: 5, readNoiseElectrons: 1 }],
    ["gain", { gain: 0 }],
    ["kinds", { kinds: [] }],
    ["kinds[0].shape.diameterNm", { kinds: [{ shape: { kind: "sphere", diameterNm: 0 }, relativeSd: 0, weight: 1 }] }],
    [
      "kinds[0].shape.lengthNm",
      { kinds: [{ shape: { kind: "rod", lengthNm: 9, widthNm: 10 }, relativeSd: 0, weight: 1 }] },
    ],
    ["kinds[0].relativeSd", { kinds: [{ ...DEFAULT_SCENE.kinds[0], relativeSd: 0.31 }] }],
    ["kinds[0].weight", { kinds: [{ ...DEFAULT_SCENE.kinds[0], weight: 0 }] }],
    ["population.count", { population: { kind: "count", count: 65_536 } }],
    ["population.count", { population: { kind: "count", count: 1.5 } }],
    ["population.perUm2", { population: { kind: "density", perUm2: -1 } }],
    ["meanFreePathsNm.liquid", { meanFreePathsNm: { particle: 85, liquid: 0, window: 144 } }],
    ["motionBlur.subSteps", { motionBlur: { diffusionNm2PerS: 20, subSteps: 0 } }],
  ];

  it.each(BAD)("is refused by the name of its field: %s", (field, changes) => {
    expect(() => defineScene(changes)).toThrow(SceneSpecError);
    expect(() => defineScene(changes)).toThrow(expect.objectContaining({ tag: "SceneSpec", field }));
  });

  it("is refused when its particles do not fit, and says how many did", () => {
    const crowded = defineScene({ population: { kind: "count", count: 200 } });
    expect(() => simulateFrame(crowded, 1)).toThrow(expect.objectContaining({ field: "population" }));
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])("is refused for the seed %d", (seed) => {
    expect(() => simulateFrame(defineScene(EMPTY), seed)).toThrow(expect.objectContaining({ field: "seed" }));
  });

  it("is told from one that does: any numbers either give a frame of the asked size or the typed error", () => {
    const number = fc.oneof(fc.double(), fc.integer({ min: -2, max: 40 }));
    const changes = fc.record(
      {
        fieldOfViewNm: number,
        widthPx: fc.integer({ min: -1, max: 40 }),
        heightPx: fc.integer({ min: -1, max: 40 }),
        modality: fc.constantFrom(...MODALITIES),
        doseRate: number,
        liquidThicknessNm: number,
        snr: fc.option(number),
        shotNoise: fc.boolean(),
        readNoiseElectrons: fc.constantFrom(0, 0.2, 3),
        mtfSigmaPx: fc.constantFrom(0, 1.5),
        minGapNm: fc.option(number),
        marginNm: fc.option(number),
        depth: fc.constantFrom("8", "16", "float"),
        population: fc.record({ kind: fc.constant("count"), count: fc.integer({ min: -1, max: 3 }) }),
      },
      { requiredKeys: [] },
    );
    const attempt = (change: Partial<SceneSpec>) => {
      try {
        const spec = { ...DEFAULT_SCENE, population: { kind: "count", count: 2 } as const, ...change };
        const { frame } = simulateFrame(spec, 1);
        return frame.pixels.length === spec.widthPx * spec.heightPx && frame.pixels.every(Number.isFinite);
      } catch (error) {
        return error instanceof SceneSpecError;
      }
    };
    fc.assert(
      fc.property(changes, (change) => attempt({ widthPx: 20, heightPx: 12, ...change } as Partial<SceneSpec>)),
      { seed: 20, numRuns: 400 },
    );
  });

  it("does not include any of the paper's", () => {
    expect(Object.keys(PAPER_SCENES)).toHaveLength(15);
    for (const scene of Object.values(PAPER_SCENES)) expect(() => checkScene(scene)).not.toThrow();
  });
});
