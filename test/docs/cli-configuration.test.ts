import { describe, expect, it } from "vitest";
import { describeOptions } from "../../src/daemon/config/describe.js";
import { parseConfig } from "../../src/daemon/config/load.js";
import { CONFIG_GROUPS, configSchema, DEFAULT_CONFIG } from "../../src/daemon/config/schema.js";
import { COMMAND_LINE, validateOptions } from "../../src/daemon/config/validate.js";
import { optionRow, readDoc, tableRows } from "../support/cli-docs.js";

const doc = readDoc("configuration.md");
const options = describeOptions(configSchema, DEFAULT_CONFIG);

describe("docs/configuration.md", () => {
  it.each(Object.entries(CONFIG_GROUPS))("lists the %s keys with range, default and meaning", (group, keys) => {
    const title = `${group.charAt(0).toUpperCase()}${group.slice(1)}`;
    const expected = options.filter(({ key }) => keys.some((name) => name === key)).map(optionRow);
    expect(tableRows(doc, title)).toEqual(expected);
  });

  it("shows examples that are valid", () => {
    const examples = [...doc.matchAll(/```(toml|json)\n(.*?)```/gs)];
    expect(examples.map(([, language]) => language)).toEqual(["toml", "json"]);
    for (const [, language, text = ""] of examples) {
      const values = parseConfig(text, `example.${language}`);
      const config = validateOptions(configSchema, DEFAULT_CONFIG, [{ where: COMMAND_LINE, values }]);
      expect(config).toMatchObject({ filter: "nlm", nlmH: 20, pixelSizeNm: 0.42 });
    }
  });

  it("names no key that does not exist", () => {
    const named = [...doc.matchAll(/`([a-z]+[A-Z][A-Za-z0-9]*)`/g)].map(([, name]) => name);
    expect(named.filter((name) => !options.some(({ key }) => key === name))).toEqual([]);
  });
});
