import { describe, expect, it } from "vitest";
import { createLog, LOG_LEVELS, type LogFormat, type LogLevel } from "../../../src/daemon/observe/log.js";

function logged(level: LogLevel, format: LogFormat, use: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  use(createLog({ level, format, write: (line) => void lines.push(line) }));
  return lines.join("");
}

describe("createLog", () => {
  it("writes a line for people: clock, level, text, fields", () => {
    const text = logged("info", "text", (log) => log.warn({ path: "/data/run 7", count: 3 }, "no file events here"));
    expect(text).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}no file events here {2}path="\/data\/run 7" {2}count=3\n$/);
  });

  it("writes a JSON object a line for collectors", () => {
    const text = logged("info", "json", (log) => log.error({ path: "a" }, "disk full"));
    expect(JSON.parse(text)).toMatchObject({ level: 50, path: "a", msg: "disk full" });
    expect(text.endsWith("}\n")).toBe(true);
  });

  it("shows an error with its stack, indented", () => {
    const text = logged("info", "text", (log) => log.error({ err: new RangeError("too long") }, "failed"));
    expect(text).toMatch(/error failed\n {4}RangeError: too long\n {8}at /);
  });

  it("keeps a line a line whatever is in it", () => {
    const text = logged("info", "text", (log) => log.info({ label: "a\nb" }, "frame"));
    expect(text.split("\n")).toHaveLength(2);
  });

  it.each(LOG_LEVELS)("writes %s and what is worse, nothing else", (level) => {
    const text = logged(level, "json", (log) => {
      for (const each of LOG_LEVELS) log[each](each);
    });
    const written = text.trim().split("\n");
    expect(written.map((line) => JSON.parse(line).msg)).toEqual(LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level) + 1));
  });

  it("carries the fields of a child", () => {
    expect(logged("info", "text", (log) => log.child({ source: "a" }).info("started"))).toContain("started  source=a");
  });
});
