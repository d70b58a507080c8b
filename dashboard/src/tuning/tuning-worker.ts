/**
 * Computes previews beside the page. Served with a policy of its own, as gpu.js makes functions from text (docs/architecture.md).
 *
 * @module
 */
import type { Choice, Computer, ComputerName, GreyLevels, PreviewJob, PreviewResult } from "./choice.js";
import { COMPUTERS } from "./choice.js";
import { GpuComputer } from "./gpu-computer.js";
import { openWasmComputer } from "./wasm-computer.js";

const KERNELS_URL = new URL("../../../dist/shaders/cpu/kernels.wasm", import.meta.url);

/** Names of renderers that draw on the processor: WebAssembly is many times faster there. */
const SOFTWARE_RENDERER = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** The computers from the fastest to the slowest, as far as can be told beforehand. */
const byPreference: readonly ComputerName[] = drawsInSoftware() ? ["wasm", "webgl2", "cpu"] : COMPUTERS;

function drawsInSoftware(): boolean {
  const context = new OffscreenCanvas(1, 1).getContext("webgl2");
  const names = context?.getExtension("WEBGL_debug_renderer_info") ?? null;
  if (context === null || names === null) return false;
  return SOFTWARE_RENDERER.test(String(context.getParameter(names.UNMASKED_RENDERER_WEBGL)));
}

/** What each computer came to, kept: a computer that has failed is not tried again. */
const opened = new Map<ComputerName, Promise<Computer>>();

function open(name: ComputerName): Promise<Computer> {
  const known = opened.get(name);
  if (known !== undefined) return known;
  const opening = name === "wasm" ? openWasmComputer(KERNELS_URL) : openGpu(name);
  opened.set(name, opening);
  return opening;
}

async function openGpu(mode: "webgl2" | "cpu"): Promise<Computer> {
  const computer = new GpuComputer(mode);
  if (mode === "webgl2") await requireExact(computer);
  return computer;
}

/** A small frame of every level, to compare computers with. */
const PROBE: GreyLevels = {
  widthPx: 16,
  heightPx: 17,
  levels: Uint8Array.from({ length: 272 }, (_, i) => (i * 89) & 255),
};
const PROBE_CHOICES: readonly Choice[] = [
  { filter: "gaussian", gaussianKernelPx: 5, gaussianSigmaPx: 5, nlmH: 15 },
  { filter: "nlm", gaussianKernelPx: 5, gaussianSigmaPx: 5, nlmH: 45 },
];

/** Drivers differ in how they compute; one that is not exact is not used. Without WebAssembly there is nothing to compare with. */
async function requireExact(computer: Computer): Promise<void> {
  const reference = await open("wasm").catch(() => null);
  if (reference === null) return;
  for (const choice of PROBE_CHOICES) {
    const wanted = reference.filter(PROBE, choice);
    if (computer.filter(PROBE, choice).some((level, i) => level !== wanted[i])) {
      throw new Error(`${computer.description} does not compute ${choice.filter} exactly here`);
    }
  }
}

async function preview({ image, choice, computer }: PreviewJob): Promise<PreviewResult> {
  let problem = "";
  for (const name of computer === null ? byPreference : [computer]) {
    try {
      const opening = await open(name);
      const startMs = performance.now();
      const levels = opening.filter(image, choice);
      return { kind: "done", levels, elapsedMs: performance.now() - startMs, computedBy: opening.description };
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
      opened.set(name, Promise.reject(error));
      opened.get(name)?.catch(() => undefined);
    }
  }
  return { kind: "failed", problem };
}

self.addEventListener("message", ({ data }: MessageEvent<PreviewJob>) => {
  void preview(data).then((result) =>
    self.postMessage(result, { transfer: result.kind === "done" ? [result.levels.buffer] : [] }),
  );
});
