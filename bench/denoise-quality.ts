/**
 * How well each filter brings back the frames of the paper: PSNR and SSIM against the same frames without noise.
 *
 * @module
 */
import { toGreyImage } from "../src/daemon/analysis/intensity.ts";
import { SHIPPED_DENOISER_PATH } from "../src/daemon/config/package.ts";
import { denoise } from "../src/daemon/denoise/denoise.ts";
import { openUnet } from "../src/daemon/denoise/unet.ts";
import { createFrameFilter } from "../src/shaders/create-filter.ts";
import type { GreyImage } from "../src/stream/base/frame.ts";
import { type AnalysisSettings, DEFAULT_SETTINGS } from "../src/stream/base/settings.ts";
import { greyScale } from "../src/stream/source/simulated/optics.ts";
import { PAPER_SAMPLES, type PaperSample, paperScene } from "../src/stream/source/simulated/paper-scenes.ts";
import { defineScene } from "../src/stream/source/simulated/scene-check.ts";
import { simulateFrame } from "../src/stream/source/simulated/simulate-frame.ts";
import { type Row, row } from "./report.ts";
import { psnrDb, ssim } from "./similarity.ts";

const SNRS = [null, 14.5497, 7.487, 4] as const;
const SEED = 901;
/** Fixed strengths over the noise among which the best is looked for; for frames without noise, grey levels. */
const FACTORS = [0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.5];
const NOISE_FREE_H = [1, 2, 4];

/** Each filter on each sample at each SNR. The best fixed non-local means is chosen by PSNR, frame by frame. */
export async function denoiseQualityBench(): Promise<readonly Row[]> {
  const { filter } = await createFrameFilter({ gpu: "auto" });
  const unet = await openUnet({ manifestPath: SHIPPED_DENOISER_PATH, provider: "auto", threads: 1 });
  const through = async (grey: GreyImage, settings: Partial<AnalysisSettings>) => {
    const frames = [{ grey, range: { low: 0, high: 255 }, sigmaBefore: null }];
    const [frame] = await denoise({ filter, unet: async () => unet }, frames, { ...DEFAULT_SETTINGS, ...settings });
    return frame;
  };
  const rows: Row[] = [];
  for (const snr of SNRS) {
    for (const sample of Object.keys(PAPER_SAMPLES) as PaperSample[]) {
      const { grey, clean } = pairOf(sample, snr);
      const name = `${sample}, ${snr === null ? "noise-free" : `SNR ${snr}`}`;
      const { noise, nlmH, filtered } = await through(grey, { filter: "nlm", nlmH: "auto" });
      const add = (method: string, image: GreyImage, least: number | null) => {
        const value = psnrDb(image, clean);
        const goal = least === null ? {} : { goal: { relation: ">=", value: Number(least.toFixed(2)) } as const };
        rows.push(
          row({
            case: name,
            metric: method,
            value,
            unit: "dB",
            ...goal,
            peer: `SSIM ${ssim(image, clean).toFixed(4)}`,
          }),
        );
        return value;
      };
      const strengths = snr === null ? NOISE_FREE_H : FACTORS.map((factor) => factor * (noise?.sigma ?? 1));
      const fixed = await Promise.all(strengths.map((h) => through(grey, { filter: "nlm", nlmH: h })));
      const best = fixed.toSorted((a, b) => psnrDb(b.filtered, clean) - psnrDb(a.filtered, clean))[0];
      add("none", grey, null);
      add("gaussian", (await through(grey, { filter: "gaussian" })).filtered, null);
      const bestPsnr = add(`nlm, best h ${best.nlmH?.toFixed(1)}`, best.filtered, null);
      add(`nlm auto, h ${nlmH}`, filtered, bestPsnr - 0.3);
      add("unet", (await through(grey, { filter: "unet" })).filtered, bestPsnr);
    }
  }
  await unet.release();
  await filter.close();
  return rows;
}

function pairOf(sample: PaperSample, snr: number | null): { readonly grey: GreyImage; readonly clean: Float32Array } {
  const spec = paperScene(sample, snr);
  const gain = Math.abs(greyScale(spec).slope);
  const noiseFree = defineScene({ ...spec, snr: null, shotNoise: false, depth: "float", gain });
  return {
    grey: toGreyImage(simulateFrame(spec, SEED).frame).grey,
    clean: Float32Array.from(simulateFrame(noiseFree, SEED).frame.pixels),
  };
}
