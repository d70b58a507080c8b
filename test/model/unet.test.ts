import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { SHIPPED_DENOISER_PATH } from "../../src/daemon/config/package.js";
import { denoise, type NoisyFrame } from "../../src/daemon/denoise/denoise.js";
import { openUnet } from "../../src/daemon/denoise/unet.js";
import { tilesOf } from "../../src/daemon/denoise/unet-tiles.js";
import { WasmFilter } from "../../src/shaders/wasm-filter.js";
import type { GreyImage } from "../../src/stream/base/frame.js";
import { DEFAULT_SETTINGS } from "../../src/stream/base/settings.js";
import { PAPER_SAMPLES, type PaperSample, paperScene } from "../../src/stream/source/simulated/paper-scenes.js";
import { noisyPair, psnrDb } from "../support/noisy-pairs.js";

const CPU = { provider: "cpu", threads: 1 } as const;
const UNET = { ...DEFAULT_SETTINGS, filter: "unet" } as const;
const filter = await WasmFilter.open();
const unet = await openUnet({ manifestPath: SHIPPED_DENOISER_PATH, ...CPU });
const denoisers = { filter, unet: async () => unet };
afterAll(async () => {
  await unet.release();
  await filter.close();
});

function alone(grey: GreyImage): NoisyFrame {
  return { grey, range: { low: 0, high: 255 }, sigmaBefore: null };
}

async function denoised(grey: GreyImage): Promise<GreyImage> {
  const [{ filtered }] = await denoise(denoisers, [alone(grey)], UNET);
  return filtered;
}

function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "ostwald-denoiser-"));
}

/** A part of a frame from its corner. */
function corner({ levels, widthPx }: GreyImage, width: number, height: number): GreyImage {
  const part = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) part.set(levels.subarray(y * widthPx, y * widthPx + width), y * width);
  return { widthPx: width, heightPx: height, levels: part };
}

describe("the learned filter takes out more noise than a Gaussian, on frames it has not seen", () => {
  const samples = Object.keys(PAPER_SAMPLES) as readonly PaperSample[];
  const cases = samples.flatMap((sample) => [14.5497, 7.487, 4].map((snr) => [sample, snr] as const));
  test.each(cases)("%s, SNR %s", async (sample, snr) => {
    const { grey, clean } = noisyPair(paperScene(sample, snr), 901);
    const [gaussian] = await filter.apply([grey], { ...DEFAULT_SETTINGS, filter: "gaussian" });
    expect(psnrDb(await denoised(grey), clean)).toBeGreaterThan(psnrDb(gaussian, clean) + 2);
  });

  test("and leaves a frame without noise as it is, to a level in any pixel that is no edge", async () => {
    for (const sample of samples) {
      const { grey, clean } = noisyPair(paperScene(sample, null), 901);
      expect(psnrDb(await denoised(grey), clean)).toBeGreaterThan(psnrDb(grey, clean) - 0.1);
    }
  });
});

describe("frames of any size", () => {
  const { grey } = noisyPair(paperScene("spheres-50", 7.487), 5);

  test.each([
    [1, 1],
    [16, 16],
    [17, 33],
    [250, 130],
  ])("%i x %i px come back as large, and finite", async (width, height) => {
    const image = corner(grey, width, height);
    const out = await denoised(image);
    expect([out.widthPx, out.heightPx, out.levels.length]).toEqual([width, height, width * height]);
    expect(out.levels).toBeInstanceOf(Uint8Array);
    const floats = { ...image, levels: Float32Array.from(image.levels) };
    const [{ filtered }] = await denoise(denoisers, [alone(floats)], UNET);
    expect(filtered.levels).toBeInstanceOf(Float32Array);
    expect(filtered.levels.every((level) => Number.isFinite(level))).toBe(true);
  });

  test("are the same alone and in a batch, and leave their inputs alone", async () => {
    const frames = [grey, corner(grey, 96, 64), grey].map(alone);
    const before = Uint8Array.from(grey.levels);
    const together = await denoise(denoisers, frames, UNET);
    for (const [i, frame] of frames.entries())
      expect((await denoise(denoisers, [frame], UNET))[0]).toEqual(together[i]);
    expect(grey.levels).toEqual(before);
  });

  test("larger than a tile differ at the seams by less than the noise that is left", async () => {
    const manifest = JSON.parse(await readFile(SHIPPED_DENOISER_PATH, "utf8"));
    const folder = await temporaryFolder();
    await writeFile(join(folder, manifest.file), await readFile(join(SHIPPED_DENOISER_PATH, "..", manifest.file)));
    await writeFile(
      join(folder, "denoiser.json"),
      JSON.stringify({ ...manifest, tiles: { edgePx: 320, overlapPx: 128 } }),
    );
    const tiled = await openUnet({ manifestPath: join(folder, "denoiser.json"), ...CPU });
    const [whole, cut] = [await unet.apply(grey, 18), await tiled.apply(grey, 18)];
    // Of the truth that the whole frame is.
    expect(psnrDb(cut, Float32Array.from(whole.levels))).toBeGreaterThan(20 * Math.log10(255));
    await tiled.release();
  });
});

test("tiles take every pixel from one tile, within it", () => {
  const rule = { edgePx: 100, overlapPx: 20, multipleOfPx: 16 };
  for (const [widthPx, heightPx] of [
    [1, 1],
    [100, 101],
    [99, 350],
    [1000, 181],
  ] as const) {
    const taken = new Uint8Array(widthPx * heightPx);
    for (const { x, y, ...size } of tilesOf({ widthPx, heightPx }, rule)) {
      expect(size.widthPx % 16).toBe(0);
      expect(x.keepFrom).toBeGreaterThanOrEqual(x.from);
      expect(x.keepTo).toBeLessThanOrEqual(x.from + size.widthPx);
      for (let row = y.keepFrom; row < y.keepTo; row++) {
        for (let column = x.keepFrom; column < x.keepTo; column++) taken[row * widthPx + column]++;
      }
    }
    expect(taken.every((count) => count === 1)).toBe(true);
  }
});

describe("a denoiser that does not fit is refused before the first frame", () => {
  const shipped = fileURLToPath(new URL("../../models/denoiser.onnx", import.meta.url));

  async function withManifest(change: (manifest: Record<string, unknown>) => Record<string, unknown>): Promise<string> {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "denoiser.onnx"), await readFile(shipped));
    const manifest = JSON.parse(await readFile(SHIPPED_DENOISER_PATH, "utf8"));
    await writeFile(join(folder, "denoiser.json"), JSON.stringify(change(manifest)));
    return join(folder, "denoiser.json");
  }

  test.each([
    ["another hash", "corrupt", (m: object) => ({ ...m, sha256: "0".repeat(64) })],
    ["a field that is not known", "manifest", (m: object) => ({ ...m, more: 1 })],
    ["a tensor that is not there", "mismatch", (m: object) => ({ ...m, output: { name: "clean", shape: [1] } })],
  ] as const)("%s", async (_, fault, change) => {
    const manifestPath = await withManifest(change);
    await expect(openUnet({ manifestPath, ...CPU })).rejects.toMatchObject({ tag: "Model", fault });
  });

  test("no manifest", async () => {
    await expect(openUnet({ manifestPath: "/no/denoiser.json", ...CPU })).rejects.toMatchObject({ fault: "missing" });
  });
});
