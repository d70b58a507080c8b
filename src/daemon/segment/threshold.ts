/**
 * Recognises particles by one threshold for the whole frame: Otsu's, then connected components.
 *
 * The plain method that Mask R-CNN is compared with: fast, exact to OpenCV's binary image, and lost where the support is uneven or the
 * noise is strong.
 *
 * @module
 */

import { LevelKernels } from "../../shaders/cpu/level-kernels.js";
import type { Detection, MaskField } from "../../stream/base/detection.js";
import type { GreyImage } from "../../stream/base/frame.js";
import { LIMITS } from "../../stream/base/limits.js";
import { type Region, regionsOfRuns, SPAN_STRIDE } from "./components.js";
import { footLevel, grown } from "./foot.js";
import { levelCounts } from "./level-counts.js";
import { otsuThreshold } from "./otsu.js";
import { particlePolarity } from "./polarity.js";
import type { Segmenter, SegmentSettings } from "./segmenter.js";
import { spreadOut } from "./spread.js";

/** The float32 next to 0.5: background right at the threshold must not round up into the particle. */
const JUST_BELOW_HALF = 0.5 - 2 ** -25;

/** Mask fields of a frame together hold at most this many values a pixel: winding or diagonal regions have windows far larger than they are. */
const FIELD_VALUES_PER_PIXEL = 8;

/**
 * The segmenter `threshold`. Every detection has score 1. Kernels that are not given are loaded by the first call, which raises
 * WasmUnavailableError where they are not there.
 */
export function createThresholdSegmenter(loaded?: LevelKernels): Segmenter {
  let loading = loaded === undefined ? undefined : Promise.resolve(loaded);
  return {
    backend: { segmenter: "threshold", description: "Otsu", model: null },
    batchLimit: 1,
    segment: async (images, settings) => {
      loading ??= LevelKernels.load();
      const kernels = await loading;
      return images.map((image) => segmentOne(spreadOut(image), settings, kernels));
    },
    close: async () => {},
  };
}

function segmentOne(image: GreyImage, settings: SegmentSettings, kernels: LevelKernels): Detection[] {
  const counts = levelCounts(image.levels, kernels);
  const otsu = otsuThreshold(counts);
  if (otsu.contrast === 0) return [];
  const polarity = particlePolarity(image, settings.polarity, kernels);
  const options = { fillHoles: settings.fillHoles, minAreaPx: Math.max(1, settings.minAreaPx2) };
  const atLevel = (zero: number): Cut => {
    const membership = membershipOf({ zero, contrast: otsu.contrast, polarity });
    return { membership, regions: regionsOfRuns(kernels.runs(image, membership), options) };
  };
  const cores = atLevel(otsu.threshold + 0.5);
  const foot = settings.edge === "foot" ? footLevel(counts, otsu, polarity) : null;
  const particles = foot === null ? withMembership(cores) : grownParticles(cores, atLevel(foot));
  return largestWithin(particles, image).map(({ region, membership }) => ({
    mask: fieldOf(region, image, membership),
    box: { x0: region.x0, y0: region.y0, x1: region.x1, y1: region.y1 },
    score: 1,
  }));
}

/** A frame cut at one level. */
interface Cut {
  readonly membership: Membership;
  readonly regions: readonly Region[];
}

/** A region and the level that its edge lies at. */
interface Particle {
  readonly region: Region;
  readonly membership: Membership;
}

function withMembership({ regions, membership }: Cut): readonly Particle[] {
  return regions.map((region) => ({ region, membership }));
}

function grownParticles(cores: Cut, feet: Cut): readonly Particle[] {
  const grownTo = grown(cores.regions, feet.regions);
  return cores.regions.map((core, i) => {
    const region = grownTo[i] ?? null;
    return region === null ? { region: core, membership: cores.membership } : { region, membership: feet.membership };
  });
}

/**
 * What the field of a region is at a grey level: 0.5 at `zero`, rising by 1 from the mean of one class to that of the other, clipped to 0..1;
 * for Otsu's level `zero` lies half-way between the last level of one class and the first of the other.
 */
interface Membership {
  readonly zero: number;
  readonly isBright: boolean;
  /** For pixels of the region, 0.5..1. */
  readonly inside: ByLevel;
  /** For pixels around it, below 0.5; 0 for those of other regions. */
  readonly outside: ByLevel;
}

/** A function of grey levels, and its values at the levels of bytes. */
interface ByLevel {
  readonly at: (level: number) => number;
  readonly ofByte: Float32Array;
}

interface MembershipScale {
  readonly zero: number;
  /** Distance of the means of the two classes, grey levels. */
  readonly contrast: number;
  readonly polarity: "bright" | "dark";
}

function membershipOf({ zero, contrast, polarity }: MembershipScale): Membership {
  const isBright = polarity === "bright";
  const excess = (level: number) => ((level - zero) * (isBright ? 1 : -1)) / contrast;
  const inside = (level: number) => Math.min(1, 0.5 + excess(level));
  const outside = (level: number) =>
    excess(level) >= 0 ? 0 : Math.max(0, Math.min(JUST_BELOW_HALF, 0.5 + excess(level)));
  return { zero, isBright, inside: byLevel(inside), outside: byLevel(outside) };
}

function byLevel(at: ByLevel["at"]): ByLevel {
  const ofByte = new Float32Array(256);
  for (let level = 0; level < ofByte.length; level++) ofByte[level] = at(level);
  return { at, ofByte };
}

/** The particles as they are, or, past the limits that protect memory, the largest of them, still in their order. */
function largestWithin(particles: readonly Particle[], image: GreyImage): readonly Particle[] {
  let count = LIMITS.particlesPerFrame;
  let values = FIELD_VALUES_PER_PIXEL * image.levels.length;
  const kept = new Set<Particle>();
  for (const particle of [...particles].sort((a, b) => b.region.areaPx - a.region.areaPx)) {
    const window = windowOf(particle.region, image);
    values -= window.widthPx * window.heightPx;
    count -= 1;
    if (values < 0 || count < 0) break;
    kept.add(particle);
  }
  return kept.size === particles.length ? particles : particles.filter((particle) => kept.has(particle));
}

/** The region's bounding box with a margin of 1 px where the frame has one, so that its contour closes inside. */
function windowOf(region: Region, { widthPx, heightPx }: GreyImage): Omit<MaskField, "values"> {
  const xPx = Math.max(0, region.x0 - 1);
  const yPx = Math.max(0, region.y0 - 1);
  return {
    xPx,
    yPx,
    widthPx: Math.min(widthPx, region.x1 + 1) - xPx,
    heightPx: Math.min(heightPx, region.y1 + 1) - yPx,
  };
}

/** The mask of a region: memberships of its own pixels and of the background around it, 0 in other regions, 1 in filled holes. */
function fieldOf(region: Region, image: GreyImage, membership: Membership): MaskField {
  const window = windowOf(region, image);
  const field = { ...window, values: new Float32Array(window.widthPx * window.heightPx) };
  paintAround(field, image, membership.outside);
  paintRegion(field, { region, image }, membership.inside);
  return field;
}

function paintAround({ xPx, yPx, widthPx, heightPx, values }: MaskField, image: GreyImage, outside: ByLevel): void {
  const { levels } = image;
  const { ofByte, at: valueAt } = outside;
  for (let row = 0, to = 0; row < heightPx; row++) {
    const from = (yPx + row) * image.widthPx + xPx;
    if (levels instanceof Uint8Array) {
      for (let at = from; at < from + widthPx; at++) values[to++] = ofByte[levels[at]];
    } else {
      for (let at = from; at < from + widthPx; at++) values[to++] = valueAt(levels[at]);
    }
  }
}

interface RegionOfImage {
  readonly region: Region;
  readonly image: GreyImage;
}

function paintRegion(field: MaskField, { region, image }: RegionOfImage, inside: ByLevel): void {
  const { values } = field;
  const { spans } = region;
  const { levels } = image;
  const { ofByte, at: valueAt } = inside;
  for (let at = 0; at < spans.length; at += SPAN_STRIDE) {
    const to = (spans[at] - field.yPx) * field.widthPx - field.xPx;
    const from = spans[at] * image.widthPx;
    const [start, end] = [spans[at + 1], spans[at + 2]];
    if (spans[at + 3] === 0) values.fill(1, to + start, to + end);
    else if (levels instanceof Uint8Array) {
      for (let x = start; x < end; x++) values[to + x] = ofByte[levels[from + x]];
    } else {
      for (let x = start; x < end; x++) values[to + x] = valueAt(levels[from + x]);
    }
  }
}
