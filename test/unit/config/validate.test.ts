import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/daemon/config/errors.js";
import {
  analysisSettings,
  analyzerOptions,
  type Config,
  configSchema,
  DEFAULT_CONFIG,
} from "../../../src/daemon/config/schema.js";
import { COMMAND_LINE, nearest, validateOptions } from "../../../src/daemon/config/validate.js";
import { DEFAULT_SETTINGS } from "../../../src/stream/base/settings.js";

const validate = (values: Readonly<Record<string, unknown>>, where = "run.toml"): Config =>
  validateOptions(configSchema, DEFAULT_CONFIG, [{ where, values }]);

function problemsOf(values: Readonly<Record<string, unknown>>, where?: string): ConfigError["problems"] {
  try {
    validate(values, where);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** For each key: values at the edge of what it may be, and values just past it. */
const CASES: Readonly<Record<keyof Config, { good: readonly unknown[]; bad: readonly unknown[] }>> = {
  filter: { good: ["none", "gaussian", "nlm", "unet"], bad: ["nlmm", "", null, 1] },
  gaussianKernelPx: { good: [1, 31], bad: [0, 2, 33, 4.5, "5", null] },
  gaussianSigmaPx: { good: [0.01, 20], bad: [0, -1, 20.1, Number.NaN, "5"] },
  nlmH: { good: [1, 60, 2.5, "auto"], bad: [0.9, 60.1, Number.POSITIVE_INFINITY, "15", "none", null] },
  segmenter: { good: ["mask-rcnn", "threshold"], bad: ["maskrcnn", true] },
  zoom: { good: [null, 0.1, 2], bad: [0.09, 2.1, "1"] },
  scoreThreshold: { good: [0, 1], bad: [-0.01, 1.01] },
  minAreaPx2: { good: [0, 1e7], bad: [-1, 1e7 + 1] },
  polarity: { good: ["auto", "bright", "dark"], bad: ["brigth"] },
  fillHoles: { good: [true, false], bad: ["true", 1, null] },
  edge: { good: ["foot", "otsu"], bad: ["feet"] },
  border: { good: ["exclude", "include"], bad: [true] },
  pixelSizeNm: { good: [null, 1e-4, 1e5], bad: [0, -1, 1e5 + 1, "1"] },
  displayLow: { good: [null, -1e12, 1e12], bad: [-1.1e12, "0"] },
  displayHigh: { good: [null, -1e12, 1e12], bad: [1.1e12, "0"] },
  gpu: { good: ["auto", "software", "off"], bad: ["on"] },
  provider: { good: ["auto", "cuda", "webgpu", "cpu"], bad: ["tensorrt"] },
  model: { good: [null, "m/manifest.json"], bad: ["", 7] },
  denoiser: { good: [null, "m/manifest.json"], bad: ["", 7] },
  analyzers: { good: [1, 16], bad: [0, 17, 1.5] },
  inferenceThreads: { good: [1, 64], bad: [0, 65, 1.5] },
  filterThreads: { good: [1, 64], bad: [0, 65, 1.5] },
  frameDeadlineMs: { good: [100, 3_600_000], bad: [99, 3_600_001, 1.5, null] },
  analyzerSilenceMs: { good: [1_000, 3_600_000], bad: [999, 3_600_001, null] },
  analyzerMemoryMb: { good: [null, 64, 1_000_000], bad: [63, 1_000_001, "64"] },
  stopTimeoutMs: { good: [0, 3_600_000], bad: [-1, 3_600_001, null] },
  faultDir: { good: [null, "auto", "faults"], bad: ["", 7] },
  batchWaitMs: { good: [0, 1_000, 2.5], bad: [-1, 1_001, "2"] },
  hdf5Dataset: { good: [null, "/entry/data/data"], bad: ["", 7] },
  recursive: { good: [true, false], bad: ["yes"] },
  existing: { good: ["take", "ignore"], bad: ["drop"] },
  settleMs: { good: [0, 60_000], bad: [-1, 60_001] },
  incompleteTimeoutMs: { good: [100, 3_600_000], bad: [99, 3_600_001] },
  pollMs: { good: [20, 60_000], bad: [19, 60_001] },
  announceRoot: { good: ["/data", null], bad: ["", 1] },
  ingestTokenFile: { good: ["token", null], bad: ["", 1] },
  merlinControlPort: { good: [null, 1, 65_535], bad: [0, 65_536, "6341"] },
  merlinStart: { good: ["no", "acquisition", "soft-trigger"], bad: [true, null] },
  dectrisChannel: { good: [null, "threshold_1"], bad: ["", 1] },
  cadence: { good: ["every", "spool", "latest", "every-nth", "budget"], bad: ["drop-oldest"] },
  everyNth: { good: [1, 1_000_000], bad: [0, 1_000_001, 2.5] },
  latencyBudgetMs: { good: [1, 3_600_000], bad: [0, 3_600_001, "5"] },
  queueLimit: { good: [1, 10_000], bad: [0, 10_001] },
  spoolGb: { good: [0.001, 1_000_000], bad: [0, 1_000_001] },
  spoolDir: { good: [null, "/data/spool"], bad: ["", 7] },
  queueMb: { good: [1, 1_000_000], bad: [0, 1_000_001] },
  ledger: { good: [null, "auto", "run.ledger"], bad: ["", 7] },
  keepOutlines: { good: [true, false], bad: ["yes", null] },
  runGapMin: { good: [null, 0.01, 10_080], bad: [0, 10_081, "1"] },
  ledgerMaxGb: { good: [null, 0.001, 1e6], bad: [0, 1e6 + 1] },
  ledgerMaxDays: { good: [null, 0.001, 1e5], bad: [0, 1e5 + 1] },
  host: { good: ["127.0.0.1", "::1", "localhost"], bad: ["0.0.0.0", "192.168.1.7"] },
  port: { good: [0, 65_535], bad: [-1, 65_536, 80.5] },
  logLevel: { good: ["error", "warn", "info", "debug"], bad: ["trace"] },
  logFormat: { good: ["text", "json"], bad: ["pretty"] },
};

describe("every key of the configuration", () => {
  for (const [key, { good, bad }] of Object.entries(CASES)) {
    it(`${key} takes ${good.map((value) => JSON.stringify(value)).join(", ")}`, () => {
      for (const value of good) expect(validate({ [key]: value })).toEqual({ ...DEFAULT_CONFIG, [key]: value });
    });
    it(`${key} refuses ${bad.map((value) => String(JSON.stringify(value))).join(", ")} and names itself`, () => {
      for (const value of bad) {
        const problems = problemsOf({ [key]: value });
        expect(problems).toHaveLength(1);
        expect(problems[0]).toMatchObject({ key, where: "run.toml" });
        expect(problems[0]?.received).toContain(`${key} = `);
      }
    });
  }
});

describe("validateOptions", () => {
  it("gives the defaults when nothing is said, frozen", () => {
    const config = validateOptions(configSchema, DEFAULT_CONFIG, []);
    expect(config).toEqual(DEFAULT_CONFIG);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("lets a later layer win", () => {
    const layers = [
      { where: "run.toml", values: { nlmH: 10, filter: "nlm" } },
      { where: COMMAND_LINE, values: { nlmH: 20 } },
    ];
    expect(validateOptions(configSchema, DEFAULT_CONFIG, layers)).toMatchObject({ nlmH: 20, filter: "nlm" });
  });

  it("lists every problem at once: received, expected and nearest right one", () => {
    expect(problemsOf({ nlmh: 10, filter: "nlmm", gaussianKernelPx: 4, port: 70_000 })).toMatchObject([
      { key: "nlmh", received: "an unknown key nlmh in run.toml", nearest: "nlmH", remedy: "Did you mean nlmH?" },
      {
        key: "filter",
        received: "filter = nlmm in run.toml",
        expected: "one of none, gaussian, nlm, unet",
        nearest: "nlm",
      },
      { key: "gaussianKernelPx", expected: "an integer, 1..31; it must be odd" },
      { key: "port", received: "port = 70000 in run.toml", expected: "an integer, 0..65535", nearest: null },
    ]);
  });

  it("names the flag where the value came from the command line", () => {
    expect(problemsOf({ nlmH: "strong" }, COMMAND_LINE)[0]).toMatchObject({
      received: "--nlm-h strong",
      remedy:
        "Correct --nlm-h: strength of non-local means, grey levels; auto chooses it from the noise of each frame.",
    });
  });

  it("blames the layer that won, not the one it hid", () => {
    const layers = [
      { where: "run.toml", values: { nlmH: 999 } },
      { where: COMMAND_LINE, values: { nlmH: 20 } },
    ];
    expect(validateOptions(configSchema, DEFAULT_CONFIG, layers).nlmH).toBe(20);
  });

  it("refuses keys that JavaScript treats specially", () => {
    const values: unknown = JSON.parse('{"__proto__": {"port": 1}, "constructor": 2, "toString": 3}');
    expect(problemsOf(values as Record<string, unknown>).map(({ key }) => key)).toEqual([
      "__proto__",
      "constructor",
      "toString",
    ]);
    expect(Reflect.get({}, "port")).toBeUndefined();
  });

  it("either accepts or raises ConfigError, whatever the values are", () => {
    const keys = fc.oneof(fc.constantFrom(...Object.keys(DEFAULT_CONFIG)), fc.string());
    fc.assert(
      fc.property(fc.dictionary(keys, fc.anything()), (values) => {
        const problems = problemsOf(values);
        if (problems.length === 0) expect(configSchema.safeParse({ ...DEFAULT_CONFIG, ...values }).success).toBe(true);
        for (const { received, expected, remedy } of problems) expect(received && expected && remedy).toBeTruthy();
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe("nearest", () => {
  it("finds the key that was meant across case, dashes and typing errors", () => {
    const keys = Object.keys(DEFAULT_CONFIG);
    expect(nearest("nlm-h", keys)).toBe("nlmH");
    expect(nearest("gaussian_sigma_px", keys)).toBe("gaussianSigmaPx");
    expect(nearest("gausianKernelPx", keys)).toBe("gaussianKernelPx");
    expect(nearest("segmentor", keys)).toBe("segmenter");
  });

  it("names none when none is near", () => {
    expect(nearest("zzzzzzzzzzzzzz", Object.keys(DEFAULT_CONFIG))).toBeNull();
    expect(nearest("x", [])).toBeNull();
  });
});

describe("parts of a configuration", () => {
  it("gives the analysis settings and nothing else", () => {
    expect(analysisSettings(DEFAULT_CONFIG)).toEqual(DEFAULT_SETTINGS);
  });

  it("gives the analyzer the model that comes with Ostwald unless one is named", () => {
    expect(analyzerOptions(DEFAULT_CONFIG).manifestPath).toMatch(/models[/\\]manifest\.json$/);
    expect(analyzerOptions({ ...DEFAULT_CONFIG, model: "/m.json" }).manifestPath).toBe("/m.json");
  });
});
