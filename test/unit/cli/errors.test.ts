import { describe, expect, it } from "vitest";
import { errorReport, exitCodeFor, UsageError } from "../../../src/daemon/cli/errors.js";
import { EXIT_CODES } from "../../../src/daemon/cli/exit-codes.js";
import { loadConfig } from "../../../src/daemon/config/load.js";

const usage = new UsageError({ received: "a.xlsx", expected: "a name that ends in .csv", remedy: "Name such a file." });

describe("errorReport", () => {
  it("tells a typed error in three lines, without a stack", () => {
    expect(errorReport(usage)).toBe(
      "received:   a.xlsx\nexpected:   a name that ends in .csv\nwhat to do: Name such a file.\n",
    );
  });

  it("tells each problem of a configuration in three lines", async () => {
    const error: unknown = await loadConfig({ flags: { nlmH: 100, filter: "nml" } }).catch((thrown: unknown) => thrown);
    expect(errorReport(error)).toBe(
      "received:   --filter nml\nexpected:   one of none, gaussian, nlm, unet\nwhat to do: Did you mean nlm?\n\n" +
        "received:   --nlm-h 100\nexpected:   a number, 1..60, or auto\n" +
        "what to do: Correct --nlm-h: strength of non-local means, grey levels; auto chooses it from the noise of each frame.\n",
    );
  });

  it("gives the stack of a defect and asks for it", () => {
    const text = errorReport(new TypeError("x is undefined"));
    expect(text).toMatch(/^TypeError: x is undefined\n {4}at /);
    expect(text).toContain("Please report it");
  });

  it("survives whatever is thrown", () => {
    expect(errorReport("a text")).toContain("a text");
    expect(errorReport(undefined)).toContain("undefined");
  });
});

describe("exitCodeFor", () => {
  it("tells what was refused from a defect", () => {
    expect(exitCodeFor(usage)).toBe(EXIT_CODES.refused);
    expect(exitCodeFor(new Error("oops"))).toBe(EXIT_CODES.defect);
  });
});
