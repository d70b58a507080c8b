import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { addConfigFlags, configFrom } from "../../../src/daemon/cli/flags.js";
import { describeOptions } from "../../../src/daemon/config/describe.js";
import { configSchema, DEFAULT_CONFIG } from "../../../src/daemon/config/schema.js";

function commandWith(args: readonly string[]): Command {
  const command = new Command("test").exitOverride().configureOutput({ writeErr: () => undefined });
  addConfigFlags(command, configSchema.keyof().options);
  return command.parse([...args], { from: "user" });
}

const configOf = (...args: string[]) => configFrom(commandWith(args));

/** A value other than the default, as typed and as meant. */
const OTHER_VALUES: Readonly<Record<string, readonly [string, unknown]>> = {
  number: ["7", 7],
  integer: ["7", 7],
};

/** Keys whose range is without the number that is tried. */
const REFUSE_SEVEN = [
  "scoreThreshold",
  "zoom",
  "pollMs",
  "incompleteTimeoutMs",
  "frameDeadlineMs",
  "analyzerSilenceMs",
  "analyzerMemoryMb",
];

describe("flags", () => {
  it("are the kebab-case of every key, and nothing else but --config", () => {
    const flags = commandWith([]).options.map((option) => option.long);
    const options = describeOptions(configSchema, DEFAULT_CONFIG);
    const expected = options.flatMap(({ flag, kind }) =>
      kind === "boolean" ? [flag, flag.replace("--", "--no-")] : [flag],
    );
    expect(flags.sort()).toEqual(["--config", ...expected].sort());
  });

  it("change nothing when none is given", async () => {
    expect(await configOf()).toEqual(DEFAULT_CONFIG);
  });

  const numeric = describeOptions(configSchema, DEFAULT_CONFIG).filter(({ kind }) => kind in OTHER_VALUES);
  it.each(numeric.filter(({ key }) => !REFUSE_SEVEN.includes(key)))("$flag sets $key", async ({ flag, key, kind }) => {
    const [text, value] = OTHER_VALUES[kind] ?? [];
    expect(await configOf(flag, String(text))).toEqual({ ...DEFAULT_CONFIG, [key]: value });
  });

  const choices = describeOptions(configSchema, DEFAULT_CONFIG).flatMap(({ flag, key, choices }) =>
    choices.map((choice) => ({ flag, key, choice })),
  );
  it.each(choices)("$flag $choice sets $key", async ({ flag, key, choice }) => {
    expect(await configOf(flag, choice)).toEqual({ ...DEFAULT_CONFIG, [key]: choice });
  });

  it("switch booleans both ways", async () => {
    expect((await configOf("--recursive")).recursive).toBe(true);
    expect((await configOf("--no-recursive")).recursive).toBe(false);
    expect((await configOf("--fill-holes")).fillHoles).toBe(true);
    expect((await configOf("--no-fill-holes")).fillHoles).toBe(false);
  });

  it("write a missing value as none", async () => {
    expect((await configOf("--pixel-size-nm", "none")).pixelSizeNm).toBeNull();
    expect((await configOf("--model", "none")).model).toBeNull();
    expect((await configOf("--zoom", "0.5")).zoom).toBe(0.5);
    expect((await configOf("--zoom", "none")).zoom).toBeNull();
  });

  it.each(["strong", "", " ", "NaN", "Infinity", "1e999", "12px"])("refuse %j as a number", async (text) => {
    await expect(configOf("--nlm-h", text)).rejects.toMatchObject({ tag: "Config" });
  });
});
