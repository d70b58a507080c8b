import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError, ConfigFileError } from "../../../src/daemon/config/errors.js";
import { loadConfig, parseConfig } from "../../../src/daemon/config/load.js";
import { DEFAULT_CONFIG } from "../../../src/daemon/config/schema.js";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "ostwald-config-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function fileWith(name: string, text: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
}

describe("loadConfig", () => {
  it("gives the defaults without a file and flags", async () => {
    expect(await loadConfig({})).toEqual(DEFAULT_CONFIG);
  });

  it("reads the same configuration from TOML and JSON", async () => {
    const toml = await fileWith(
      "run.toml",
      '# a run\nfilter = "nlm"\nnlmH = 20\nfillHoles = false\npixelSizeNm = 0.42\n',
    );
    const json = await fileWith("run.json", '{"filter": "nlm", "nlmH": 20, "fillHoles": false, "pixelSizeNm": 0.42}');
    const expected = { ...DEFAULT_CONFIG, filter: "nlm", nlmH: 20, fillHoles: false, pixelSizeNm: 0.42 };
    expect(await loadConfig({ file: toml })).toEqual(expected);
    expect(await loadConfig({ file: json })).toEqual(expected);
  });

  it("puts flags over the file", async () => {
    const file = await fileWith("flags.toml", "nlmH = 20\nport = 4000");
    expect(await loadConfig({ file, flags: { nlmH: 30 } })).toMatchObject({ nlmH: 30, port: 4000 });
  });

  it("takes a relative model path from the folder of its file, or from the current folder for a flag", async () => {
    const file = await fileWith("model.toml", 'model = "mine/manifest.json"');
    expect((await loadConfig({ file })).model).toBe(join(dir, "mine/manifest.json"));
    expect((await loadConfig({ flags: { model: "mine/manifest.json" } })).model).toBe(resolve("mine/manifest.json"));
  });

  it("refuses an empty model path whatever its origin", async () => {
    await expect(loadConfig({ flags: { model: "" } })).rejects.toThrow(ConfigError);
  });

  it("lists what is wrong in file and flags together", async () => {
    const file = await fileWith("wrong.toml", "nlmh = 20\nport = -1");
    const error: unknown = await loadConfig({ file, flags: { filter: "median" } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error instanceof ConfigError && error.problems.map(({ received }) => received)).toEqual([
      `an unknown key nlmh in ${file}`,
      "--filter median",
      `port = -1 in ${file}`,
    ]);
  });

  it("names a table as an unknown key", async () => {
    const file = await fileWith("table.toml", '[analysis]\nfilter = "nlm"');
    await expect(loadConfig({ file })).rejects.toThrow("an unknown key analysis");
  });

  it("says which file is missing", async () => {
    await expect(loadConfig({ file: join(dir, "absent.toml") })).rejects.toMatchObject({
      tag: "ConfigFile",
      received: expect.stringContaining("absent.toml"),
    });
  });
});

describe("parseConfig", () => {
  it("tells JSON from TOML by content where the extension says nothing", () => {
    expect(parseConfig('\n {"nlmH": 3}', "run.conf")).toEqual({ nlmH: 3 });
    expect(parseConfig("nlmH = 3", "run.conf")).toEqual({ nlmH: 3 });
  });

  it("reads an empty TOML file as no change", () => {
    expect(parseConfig("", "run.toml")).toEqual({});
  });

  it("says line and column of a TOML mistake", () => {
    expect(() => parseConfig('nlmH = 3\nfilter = "nlm', "run.toml")).toThrow(/run\.toml: line 2, column \d+/);
  });

  it("refuses a key that is given twice", () => {
    expect(() => parseConfig("nlmH = 3\nnlmH = 4", "run.toml")).toThrow(ConfigFileError);
  });

  it.each(["[1]", "3", '"nlm"', "null", "{"])("refuses %s as a JSON configuration", (text) => {
    expect(() => parseConfig(text, "run.json")).toThrow(ConfigFileError);
  });
});
