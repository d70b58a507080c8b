import { describe, expect, test } from "vitest";
import { createFrameFilter } from "../../src/shaders/create-filter.js";
import { findAdapter, listAdapters } from "../../src/shaders/gpu/adapters.js";
import { createKernelLayout } from "../../src/shaders/gpu/buffers.js";
import { backendType, gpu } from "../../src/shaders/gpu/dawn-opengles.js";
import { GpuDevice } from "../../src/shaders/gpu/device.js";
import { GpuLostError, GpuRefusedError } from "../../src/shaders/gpu/errors.js";
import { BUFFER_USAGE } from "../../src/shaders/gpu/flags.js";
import { createKernelPipeline } from "../../src/shaders/gpu/kernel-pipeline.js";
import { gaussianKernel } from "../../src/shaders/kernels/gaussian/gaussian.js";
import { verifyFilter } from "../../src/shaders/verify-filter.js";
import { WgslFilter } from "../../src/shaders/wgsl-filter.js";
import { FrameRejectedError } from "../../src/stream/base/frame.js";
import { DEFAULT_SETTINGS } from "../../src/stream/base/settings.js";
import { testFrame } from "../support/test-frames.js";

const GAUSSIAN = { ...DEFAULT_SETTINGS, filter: "gaussian" } as const;
const IMAGE = testFrame({ content: "discs", seed: 1, width: 32, height: 24 });

async function openDevice(): Promise<GpuDevice> {
  return GpuDevice.open(await findAdapter("software"));
}

describe("adapters", () => {
  test("a software adapter is listed once, and as software", async () => {
    const vulkan = (await listAdapters()).filter(
      ({ isSoftware, backendType }) => isSoftware && backendType === "vulkan",
    );
    expect(vulkan).toEqual([expect.objectContaining({ vendor: "google", architecture: "swiftshader" })]);
  });

  test("`auto` never takes a software adapter, and says what runs in its place", async () => {
    const hasHardware = (await listAdapters()).some(({ isSoftware }) => !isSoftware);
    const { filter, notes } = await createFrameFilter({ gpu: "auto" });
    expect(filter.backend).toMatchObject({ kind: hasHardware ? "wgsl" : "wasm", isSoftwareAdapter: false });
    if (!hasHardware) expect(notes).toEqual([expect.stringContaining("no hardware GPU adapter")]);
    await filter.close();
  });

  test("`software` names its adapter", async () => {
    const { filter, notes } = await createFrameFilter({ gpu: "software" });
    expect(filter.backend.description).toMatch(/^SwiftShader .* \(Vulkan\)$/);
    expect(filter.backend).toMatchObject({ kind: "wgsl", isSoftwareAdapter: true });
    expect(notes).toEqual([]);
    await filter.close();
  });
});

/** The device under a GpuDevice, to do to it what only drivers do. */
async function rawDevice(device: GpuDevice): Promise<GPUDevice> {
  const { raw } = await device.run("borrow", async (raw) => ({ raw }));
  return raw;
}

describe("a lost device", () => {
  test("in mid-frame raises GpuLostError, and so does every frame after it", async () => {
    const device = await openDevice();
    const filter = new WgslFilter(device);
    await filter.apply([IMAGE], GAUSSIAN);
    const raw = await rawDevice(device);
    const inFlight = filter.apply(Array(12).fill(IMAGE), { ...GAUSSIAN, filter: "nlm" });
    setTimeout(() => raw.destroy(), 1);
    await expect(inFlight).rejects.toBeInstanceOf(GpuLostError);
    await expect(filter.apply([IMAGE], GAUSSIAN)).rejects.toBeInstanceOf(GpuLostError);
    expect(device.state).toMatchObject({ kind: "failed", error: { tag: "GpuLost" } });
    await filter.close();
  });

  test("gives way to a new one", async () => {
    const lost = await openDevice();
    (await rawDevice(lost)).destroy();
    const filter = new WgslFilter(await openDevice());
    expect(await filter.apply([IMAGE], GAUSSIAN)).toHaveLength(1);
    await filter.close();
  });

  test("closed on purpose takes no frame, and closes twice without harm", async () => {
    const filter = new WgslFilter(await openDevice());
    await filter.close();
    await filter.close();
    await expect(filter.apply([IMAGE], GAUSSIAN)).rejects.toBeInstanceOf(GpuLostError);
  });
});

describe("a task that the device refuses", () => {
  const kernel = gaussianKernel("u8");

  test("compiles when it is right", async () => {
    const device = await openDevice();
    await device.run("compile", (raw) => createKernelPipeline(raw, createKernelLayout(raw), kernel));
    expect(device.state).toEqual({ kind: "ready" });
    device.close();
  });

  test("for its WGSL raises GpuRefusedError with the compiler's words, and so does every task after it", async () => {
    const device = await openDevice();
    const broken = { ...kernel, sources: kernel.sources.slice(0, 1) };
    const compile = device.run("compile", (raw) => createKernelPipeline(raw, createKernelLayout(raw), broken));
    await expect(compile).rejects.toMatchObject({ tag: "GpuRefused", refusal: "validation", task: "compile" });
    await expect(compile).rejects.toThrow("loadLevel");
    await expect(device.run("next", async () => 1)).rejects.toBeInstanceOf(GpuRefusedError);
    device.close();
  });

  test("for its buffers raises GpuRefusedError in place of zeros", async () => {
    const device = await openDevice();
    const copy = device.run("copy", async (raw) => {
      const buffer = raw.createBuffer({ size: 16, usage: BUFFER_USAGE.copyTarget });
      const encoder = raw.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, buffer, 0, 64);
      raw.queue.submit([encoder.finish()]);
    });
    await expect(copy).rejects.toMatchObject({ tag: "GpuRefused", refusal: "validation", task: "copy" });
    device.close();
  });

  test("outside of any task makes the next task fail", async () => {
    const device = await openDevice();
    const raw = await rawDevice(device);
    raw.createBuffer({ size: 16, usage: 0 });
    await expect.poll(() => device.state.kind).toBe("failed");
    await expect(device.run("next", async () => 1)).rejects.toMatchObject({
      tag: "GpuRefused",
      task: "outside of any task",
    });
    device.close();
  });

  test("by throwing leaves the device well", async () => {
    const device = await openDevice();
    const failing = device.run("throw", () => {
      throw new RangeError("mine");
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(await device.run("next", async () => 1)).toBe(1);
    device.close();
  });

  test("for its size is a rejected frame, and the device goes on", async () => {
    const device = await openDevice();
    expect(() => device.checkFrameSize(2 ** 40)).toThrow(FrameRejectedError);
    expect(() => device.checkFrameSize(2 ** 24)).not.toThrow();
    expect(device.state).toEqual({ kind: "ready" });
    device.close();
  });
});

test("OpenGL ES, the second choice, computes the same bits", async () => {
  const adapter = await gpu.requestAdapter({ featureLevel: "compatibility" });
  if (adapter === null) throw new Error("the software driver has no OpenGL ES adapter");
  const { vendor, architecture, device, description } = adapter.info;
  const found = { adapter, vendor, architecture, device, description, backendType, isSoftware: true };
  const filter = new WgslFilter(await GpuDevice.open(found));
  await expect(verifyFilter(filter)).resolves.toBeUndefined();
  await filter.close();
});

test("frames of known sizes make no new buffers", async () => {
  const filter = new WgslFilter(await openDevice());
  const small = testFrame({ content: "noise", seed: 2, width: 9, height: 7 });
  // Each of the two sets of buffers may take either batch.
  await filter.apply([small, IMAGE], GAUSSIAN);
  await filter.apply([IMAGE, small], GAUSSIAN);
  const before = filter.bufferAllocations;
  expect(before).toBeGreaterThan(0);
  for (let i = 0; i < 10; i += 1) await filter.apply([IMAGE, small], GAUSSIAN);
  expect(filter.bufferAllocations).toBe(before);
  await filter.close();
});
