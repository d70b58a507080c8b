import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dataDir, defaultLedgerPath, defaultLedgerPathOf } from "../../../src/daemon/ledger/place.js";

describe("the place of a ledger", () => {
  it("is where the system keeps a user's data", () => {
    expect(dataDir({ XDG_DATA_HOME: "/data" }, "linux")).toBe(join("/data", "ostwald"));
    expect(dataDir({}, "linux")).toBe(join(homedir(), ".local", "share", "ostwald"));
    expect(dataDir({}, "darwin")).toBe(join(homedir(), "Library", "Application Support", "Ostwald"));
    expect(dataDir({ LOCALAPPDATA: "C:/local" }, "win32")).toBe(join("C:/local", "Ostwald"));
  });

  it("is one for each folder, and the same each time", () => {
    const names = ["/data/run 7", "/data/run 7/", "/other/run 7", "/"].map(defaultLedgerPath);
    expect(names[0]).toBe(names[1]);
    expect(new Set(names).size).toBe(3);
    expect(names[0]).toMatch(/run_7-[0-9a-f]{8}\.ledger$/);
    expect(names[3]).toMatch(/root-[0-9a-f]{8}\.ledger$/);
  });

  it("is one for each set of sources, whatever their order", () => {
    const [tcp, unix] = ["tcp://127.0.0.1:1897", "unix:///run/frames.sock"];
    const names = [[tcp], [unix], [tcp, unix], [unix, tcp]].map(defaultLedgerPathOf);
    expect(new Set(names).size).toBe(3);
    expect(names[2]).toBe(names[3]);
    expect(names[0]).toMatch(/tcp-127\.0\.0\.1-1897-[0-9a-f]{8}\.ledger$/);
    expect(names[2]).toMatch(/tcp-127\.0\.0\.1-1897-and-1-more-[0-9a-f]{8}\.ledger$/);
  });
});
