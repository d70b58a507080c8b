/**
 * Particles that touch and overlap by no more than a part of them, which random placement does not give.
 *
 * @module
 */
import { type Body, footprintOf } from "../../stream/source/simulated/body.js";
import { drawShape, findPlace, liesWithin, viewOf } from "../../stream/source/simulated/placement.js";
import { cosSin } from "../../stream/source/simulated/portable-math.js";
import { createRandom, type Random } from "../../stream/source/simulated/random.js";
import { type SceneSpec, SceneSpecError, sceneCount } from "../../stream/source/simulated/scene-spec.js";
import { outlineOf, reachNm } from "../../stream/source/simulated/shape.js";
import { type PixelMask, sharedPixels } from "../evaluation/pixel-mask.js";
import { maskOfBody } from "./simulated-truth.js";

/** Particles that cling to one another. */
const CLUSTER = 3;
/** Distance of two that cling, as a part of the sum of their reaches: 1 touches, 0.6 overlaps by more than a quarter. */
const NEAREST = 0.6;
const TRIES = 2000;

interface Placed {
  readonly body: Body;
  readonly mask: PixelMask;
}

/**
 * The bodies of a scene in clusters of three, each touching or overlapping another. No two share more than `mostOverlap` of the smaller
 * one's pixels. Raises SceneSpecError where so many do not fit.
 */
export function placeOverlapping(spec: SceneSpec, seed: number, mostOverlap: number): readonly Body[] {
  const shapes = createRandom(seed, "shapes");
  const random = createRandom(seed, "positions");
  const placed: Placed[] = [];
  for (let i = 0; i < sceneCount(spec); i++) {
    const shape = drawShape(spec.kinds, shapes);
    const partner = i % CLUSTER === 0 ? null : placed[i - 1 - Math.floor(random.uniform() * (i % CLUSTER))];
    const propose = () => (partner === null ? anywhere(shape, spec, random) : beside(partner.body, shape, random));
    placed.push(firstThatFits(propose, { trackId: i + 1, shape }, { spec, placed, mostOverlap }));
  }
  return placed.map(({ body }) => body);
}

type Place = Pick<Body, "xNm" | "yNm" | "angleRad">;

function anywhere(shape: Body["shape"], spec: SceneSpec, random: Random): Place | null {
  return findPlace({ shape, region: viewOf(spec), occupied: [], spec, random });
}

function beside(partner: Body, shape: Body["shape"], random: Random): Place {
  const reach = reachNm(outlineOf(partner.shape)) + reachNm(outlineOf(shape));
  const distanceNm = reach * random.between(NEAREST, 1);
  const { cos, sin } = cosSin(random.between(-Math.PI, Math.PI));
  return {
    xNm: partner.xNm + distanceNm * cos,
    yNm: partner.yNm + distanceNm * sin,
    angleRad: random.between(-Math.PI / 2, Math.PI / 2),
  };
}

interface Surroundings {
  readonly spec: SceneSpec;
  readonly placed: readonly Placed[];
  readonly mostOverlap: number;
}

function firstThatFits(
  propose: () => Place | null,
  particle: Pick<Body, "trackId" | "shape">,
  { spec, placed, mostOverlap }: Surroundings,
): Placed {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const place = propose();
    if (place === null) continue;
    const body = { ...particle, ...place };
    if (!liesWithin(footprintOf(body), viewOf(spec), spec.marginNm ?? 0)) continue;
    const mask = maskOfBody(body, spec);
    if (mask !== null && placed.every((other) => overlapOf(mask, other.mask) <= mostOverlap)) return { body, mask };
  }
  throw new SceneSpecError("population", {
    received: `${sceneCount(spec)} particles that overlap by up to ${mostOverlap}, of which ${placed.length} found a place`,
    expected: "so many that all fit",
    remedy: "Ask for fewer or smaller particles.",
  });
}

/** Shared pixels over those of the smaller of two masks. */
function overlapOf(a: PixelMask, b: PixelMask): number {
  return sharedPixels(a, b) / Math.min(a.areaPx2, b.areaPx2);
}
