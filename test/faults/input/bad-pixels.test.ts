/** Pixels that are no measurement. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { encodeTiff } from "../../../src/stream/source/simulated/encode-tiff.js";
import { startCli } from "../../support/cli-process.js";
import { emptyFolder } from "../../support/folder.js";
import { noiseFreeSpheres, noisySpheres } from "../../support/simulated-frames.js";

/** Not a number, not finite, dead, saturated far beyond the scale. */
const BAD_LEVELS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1e30, 0, 1e30] as const;
const BAD_PIXELS = 60;
/** The largest sphere and what a network looks at around it, px. */
const CLEAR_PX = 48;

const frame = noisySpheres();
const { truth } = noiseFreeSpheres();

/** Pixels of the background, far from every particle, all over the frame. */
function farPlaces(): readonly number[] {
  const { widthPx, pixels } = frame;
  return Array.from(pixels.keys()).filter((place) => {
    const [x, y] = [place % widthPx, Math.floor(place / widthPx)];
    return truth.particles.every(({ xPx, yPx }) => Math.hypot(x - xPx, y - yPx) > CLEAR_PX);
  });
}

function withBadPixels(): Float32Array {
  const pixels = Float32Array.from(frame.pixels);
  const places = farPlaces();
  expect(places.length).toBeGreaterThan(1_000);
  for (let i = 0; i < BAD_PIXELS; i += 1) {
    const place = places[Math.floor((i * places.length) / BAD_PIXELS)] ?? 0;
    pixels[place] = BAD_LEVELS[i % BAD_LEVELS.length] ?? Number.NaN;
  }
  return pixels;
}

interface Particle {
  readonly centroidXPx: number;
  readonly centroidYPx: number;
  readonly ecdPx: number;
  readonly meanIntensity: number;
}

function distancePx(a: Particle, b: Particle): number {
  return Math.hypot(a.centroidXPx - b.centroidXPx, a.centroidYPx - b.centroidYPx);
}

function nearest(particles: readonly Particle[], to: Particle): Particle {
  return particles.reduce((best, particle) => (distancePx(particle, to) < distancePx(best, to) ? particle : best));
}

interface FrameResult {
  readonly statistics: { readonly count: number; readonly backgroundSnr: number };
  readonly particles: readonly Particle[];
}

/** What `ostwald analyze` makes of the frame as it is, and of the frame with bad pixels. */
async function analysed(segmenter: string): Promise<{ readonly clean: FrameResult; readonly bad: FrameResult }> {
  const dir = await emptyFolder();
  await writeFile(join(dir, "bad.tif"), encodeTiff({ ...frame, pixels: withBadPixels() }));
  await writeFile(join(dir, "clean.tif"), encodeTiff({ ...frame, pixels: Float32Array.from(frame.pixels) }));
  const out = join(dir, "results.json");
  const command = startCli([
    "analyze",
    dir,
    "--segmenter",
    segmenter,
    "--gpu",
    "off",
    "--provider",
    "cpu",
    "--out",
    out,
  ]);
  expect(await command.ended, command.err()).toBe(0);
  const { frames } = JSON.parse(await readFile(out, "utf8"));
  expect(frames).toHaveLength(2);
  return { bad: frames[0], clean: frames[1] };
}

it.each(["threshold", "mask-rcnn"])(
  "leave every output finite, and particles that none of them touches as they are (%s)",
  async (segmenter) => {
    const { clean, bad } = await analysed(segmenter);
    expect(clean.statistics.count).toBe(truth.particles.length);
    expect(bad.statistics.count).toBe(clean.statistics.count);
    expect(Math.abs(bad.statistics.backgroundSnr / clean.statistics.backgroundSnr - 1)).toBeLessThan(0.02);
    for (const particle of bad.particles) {
      for (const value of Object.values(particle))
        expect(typeof value === "boolean" || Number.isFinite(value)).toBe(true);
      const same = nearest(clean.particles, particle);
      expect(distancePx(same, particle)).toBeLessThan(0.5);
      // The display range moves with the share of bad pixels among all, and the edge of every particle with it.
      expect(Math.abs(particle.ecdPx / same.ecdPx - 1)).toBeLessThan(0.015);
      expect(Math.abs(particle.meanIntensity / same.meanIntensity - 1)).toBeLessThan(0.01);
    }
  },
  60_000,
);
