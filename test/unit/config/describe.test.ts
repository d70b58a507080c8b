import { describe, expect, it } from "vitest";
import { describeOptions, flagOf, valueText } from "../../../src/daemon/config/describe.js";
import { CONFIG_GROUPS, configSchema, DEFAULT_CONFIG } from "../../../src/daemon/config/schema.js";

const options = describeOptions(configSchema, DEFAULT_CONFIG);
const optionOf = (key: string) => options.find((option) => option.key === key);

describe("describeOptions", () => {
  it("describes every key of the configuration once, each with a meaning", () => {
    expect(options.map(({ key }) => key)).toEqual(Object.keys(configSchema.shape));
    expect(options.filter(({ meaning }) => meaning.length < 10)).toEqual([]);
  });

  it("gives type, range, choices and default as the schema has them", () => {
    expect(optionOf("nlmH")).toMatchObject({
      flag: "--nlm-h",
      kind: "number",
      expected: "a number, 1..60, or auto",
      word: "auto",
      isNullable: false,
      default: "15",
    });
    expect(optionOf("gaussianSigmaPx")?.expected).toBe("a number, > 0 and <= 20");
    expect(optionOf("gaussianKernelPx")?.expected).toBe("an integer, 1..31");
    expect(optionOf("filter")).toMatchObject({
      kind: "choice",
      choices: ["none", "gaussian", "nlm", "unet"],
      default: "none",
    });
    expect(optionOf("fillHoles")).toMatchObject({ kind: "boolean", expected: "true or false", default: "true" });
    expect(optionOf("pixelSizeNm")).toMatchObject({
      isNullable: true,
      default: "none",
      expected: "a number, 0.0001..100000, or none",
    });
    expect(optionOf("model")).toMatchObject({ kind: "text", isNullable: true });
  });

  it("gives each key a flag of its own in kebab-case", () => {
    expect(flagOf("minAreaPx2")).toBe("--min-area-px2");
    expect(new Set(options.map(({ flag }) => flag)).size).toBe(options.length);
    for (const { flag } of options) expect(flag).toMatch(/^--[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it("writes values as a person would", () => {
    expect([null, "nlm", 2.5, true, undefined].map(valueText)).toEqual(["none", "nlm", "2.5", "true", "none"]);
  });
});

describe("CONFIG_GROUPS", () => {
  it("holds every key in exactly one group, in the schema's order", () => {
    expect(Object.values(CONFIG_GROUPS).flat()).toEqual(Object.keys(configSchema.shape));
  });
});
