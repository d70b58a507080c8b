import { describe, expect, it } from "vitest";
import { adaptersFindingFrom, providersFindingFrom } from "../../../src/daemon/cli/doctor/computing.js";
import { findingsTable, ok } from "../../../src/daemon/cli/doctor/finding.js";
import { inotifyFinding, isAtLeast, machineFinding, nodeFinding } from "../../../src/daemon/cli/doctor/system.js";

const hardware = {
  vendor: "nvidia",
  architecture: "",
  description: "NVIDIA H200",
  backendType: "vulkan",
  isSoftware: false,
};
const software = {
  ...hardware,
  vendor: "google",
  architecture: "swiftshader",
  description: "SwiftShader Device",
  isSoftware: true,
};

describe("doctor about Node", () => {
  it.each([
    ["20.19.0", true],
    ["20.18.9", false],
    ["22.0.0", true],
    ["18.20.1", false],
    ["20.19", true],
    ["20", false],
  ])("compares %s with 20.19: %s", (version, expected) => {
    expect(isAtLeast(version, "20.19")).toBe(expected);
  });

  it("finds this Node good and an old one not", () => {
    expect(nodeFinding().state).toBe("ok");
    expect(nodeFinding("18.20.1")).toMatchObject({ state: "missing", remedy: expect.stringContaining("nodejs.org") });
  });
});

describe("doctor about the machine", () => {
  it("names system, cores and memory", () => {
    expect(machineFinding().found[0]).toMatch(/\d+ cores, \d+\.\d GB memory$/);
  });

  it("calls few inotify watches a degradation and says how to get more", () => {
    expect(inotifyFinding(524_288, 128).state).toBe("ok");
    expect(inotifyFinding(null, null).state).toBe("ok");
    expect(inotifyFinding(1_024, 128)).toMatchObject({ state: "degraded", remedy: expect.stringContaining("sysctl") });
    expect(inotifyFinding(524_288, 16).state).toBe("degraded");
  });
});

describe("doctor about adapters", () => {
  it("shows vendor, interface and what is software", () => {
    const finding = adaptersFindingFrom([hardware, software]);
    expect(finding).toMatchObject({ state: "ok", remedy: null });
    expect(finding.found).toEqual([
      "nvidia NVIDIA H200 (vulkan)",
      "google swiftshader SwiftShader Device (vulkan, software: only with --gpu software)",
    ]);
  });

  it.each([[[]], [[software]]])("calls a machine without hardware adapter degraded: %j", (adapters) => {
    expect(adaptersFindingFrom(adapters)).toMatchObject({
      state: "degraded",
      remedy: expect.stringContaining("driver"),
    });
  });
});

describe("doctor about execution providers", () => {
  const provider = (name: "cuda" | "webgpu" | "cpu", isUsable: boolean) => ({
    provider: name,
    isUsable,
    detail: "a reason",
  });

  it("is content with a GPU", () => {
    expect(providersFindingFrom([provider("cuda", false), provider("webgpu", true)]).state).toBe("ok");
  });

  it("calls the CPU alone degraded, and nothing at all missing, with the way to CUDA", () => {
    const cpuOnly = providersFindingFrom([provider("cuda", false), provider("cpu", true)]);
    expect(cpuOnly).toMatchObject({ state: "degraded", remedy: expect.stringContaining("CUDA 12") });
    expect(cpuOnly.found).toEqual(["cuda: not usable (a reason)", "cpu: usable (a reason)"]);
    expect(providersFindingFrom([provider("cpu", false)]).state).toBe("missing");
  });
});

describe("findingsTable", () => {
  it("aligns topics, marks and remedies", () => {
    const findings = [
      ok("Node", "20.20.2"),
      { topic: "GPU adapters", state: "degraded", found: ["none"], remedy: "Install one." } as const,
      { topic: "model", state: "missing", found: ["no file"], remedy: "Fetch it." } as const,
    ];
    expect(findingsTable(findings)).toBe(
      [
        "Node          ok        20.20.2",
        "GPU adapters  degraded  none",
        "                        -> Install one.",
        "model         MISSING   no file",
        "                        -> Fetch it.",
        "",
      ].join("\n"),
    );
  });
});
