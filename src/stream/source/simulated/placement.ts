/**
 * Draws particles and puts them where they fit: random sequential placement.
 *
 * @module
 */
import { type Body, closerThan, type Footprint, footprintOf } from "./body.js";
import { createRandom, type Random } from "./random.js";
import {
  type ParticleKind,
  type SceneSpec,
  SceneSpecError,
  SIZE_CUTOFF_SD,
  sceneCount,
  scenePixelSizeNm,
} from "./scene-spec.js";
import { type Shape, scaled } from "./shape.js";

/** Random sequential placement of discs jams at 55 % coverage; well below it, this many tries for one particle find a place. */
const TRIES = 2000;

/** A rectangle of the specimen plane, nm. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The field of view of a scene. */
export function viewOf(spec: SceneSpec): Region {
  return { left: 0, top: 0, right: spec.fieldOfViewNm, bottom: spec.heightPx * scenePixelSizeNm(spec) };
}

/** The particles of a single frame. Raises {@link SceneSpecError} when so many do not fit. */
export function placeParticles(spec: SceneSpec, seed: number): readonly Body[] {
  const count = sceneCount(spec);
  const shapes = createRandom(seed, "shapes");
  const positions = createRandom(seed, "positions");
  const bodies: Body[] = [];
  const occupied: Footprint[] = [];
  for (let i = 0; i < count; i += 1) {
    const shape = drawShape(spec.kinds, shapes);
    const place = findPlace({ shape, region: viewOf(spec), occupied, spec, random: positions });
    if (place === null) throw tooCrowded(count, i);
    bodies.push({ trackId: i + 1, shape, ...place });
    occupied.push(footprintOf({ shape, ...place }));
  }
  return bodies;
}

/** A body of one of the kinds, by their weights, of a random size. */
export function drawShape(kinds: readonly ParticleKind[], random: Random): Shape {
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  let share = random.uniform() * total;
  const last = kinds.length - 1;
  let index = 0;
  for (; index < last && share >= kinds[index].weight; index += 1) share -= kinds[index].weight;
  let deviation = random.normal();
  while (Math.abs(deviation) > SIZE_CUTOFF_SD) deviation = random.normal();
  return scaled(kinds[index].shape, 1 + deviation * kinds[index].relativeSd);
}

/** What a place is sought for. */
export interface PlaceQuery {
  readonly shape: Shape;
  readonly region: Region;
  readonly occupied: readonly Footprint[];
  readonly spec: Pick<SceneSpec, "minGapNm" | "marginNm">;
  readonly random: Random;
  readonly tries?: number;
}

/** A position and orientation that keep the gap and the margin; `null` where none was found. */
export function findPlace(query: PlaceQuery): Pick<Body, "xNm" | "yNm" | "angleRad"> | null {
  const { shape, region, occupied, spec, random, tries = TRIES } = query;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const place = {
      xNm: random.between(region.left, region.right),
      yNm: random.between(region.top, region.bottom),
      angleRad: random.between(-Math.PI / 2, Math.PI / 2),
    };
    const footprint = footprintOf({ shape, ...place });
    const { minGapNm, marginNm } = spec;
    if (marginNm !== null && !liesWithin(footprint, region, marginNm)) continue;
    if (minGapNm === null || !occupied.some((other) => closerThan(minGapNm, footprint, other))) return place;
  }
  return null;
}

/** Whether an outline keeps `marginNm` from every side of the region. */
export function liesWithin(footprint: Footprint, region: Region, marginNm: number): boolean {
  const inset = footprint.roundingNm + marginNm;
  return footprint.corners.every(
    ({ x, y }) =>
      x >= region.left + inset && x <= region.right - inset && y >= region.top + inset && y <= region.bottom - inset,
  );
}

/** The error that says that particles do not fit. */
export function tooCrowded(count: number, placed: number): SceneSpecError {
  return new SceneSpecError("population", {
    received: `${count} particles, of which ${placed} found a place`,
    expected: "so many that all fit with their gaps and margins (up to about half of the area)",
    remedy:
      "Ask for fewer or smaller particles, lower minGapNm and marginNm, or set minGapNm to null to let them overlap.",
  });
}
