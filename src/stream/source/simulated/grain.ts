/**
 * One particle of a movie, and how it merges with another.
 *
 * @module
 */
import { type Body, type Footprint, footprintOf, moved } from "./body.js";
import { angleOf, cubeRoot, exp } from "./portable-math.js";
import { type Shape, scaled, volumeNm3 } from "./shape.js";

/** A body with what the physics of a movie needs to know. Never changed, only replaced. */
export interface Grain extends Body {
  readonly volumeNm3: number;
  readonly footprint: Footprint;
  /** Volume that a nucleus still takes up before ripening decides on it. */
  readonly appetiteNm3: number;
  /** Whether it is a merged pair on its way to a sphere. */
  readonly isRounding: boolean;
}

/** Merged pairs rounder than this are spheres. */
const ROUND_ASPECT = 1.03;

/** A grain of full size at a place. */
export function grainOf(body: Body): Grain {
  return {
    ...body,
    volumeNm3: volumeNm3(body.shape),
    footprint: footprintOf(body),
    appetiteNm3: 0,
    isRounding: false,
  };
}

/** The grain moved by a vector. */
export function shifted(grain: Grain, dxNm: number, dyNm: number): Grain {
  const footprint = moved(grain.footprint, dxNm, dyNm);
  return { ...grain, xNm: footprint.centre.x, yNm: footprint.centre.y, footprint };
}

/** The grain moved and turned. */
export function jolted(grain: Grain, dxNm: number, dyNm: number, turnRad: number): Grain {
  // A sphere looks the same however it turns.
  if (grain.shape.kind === "sphere") return shifted(grain, dxNm, dyNm);
  const body = { ...grain, xNm: grain.xNm + dxNm, yNm: grain.yNm + dyNm, angleRad: halfTurn(grain.angleRad + turnRad) };
  return { ...body, footprint: footprintOf(body) };
}

/** The grain with another volume and the same proportions. */
export function resized(grain: Grain, toNm3: number): Grain {
  return reshaped(grain, scaled(grain.shape, cubeRoot(toNm3 / grain.volumeNm3)), toNm3);
}

/** The grain a time later on its way to a sphere: what its aspect ratio exceeds 1 by decays with the time constant `roundingS`. */
export function rounded(grain: Grain, dtS: number, roundingS: number): Grain {
  if (!grain.isRounding || grain.shape.kind !== "rod") return grain;
  const aspect = 1 + (grain.shape.lengthNm / grain.shape.widthNm - 1) * exp(-dtS / roundingS);
  if (aspect > ROUND_ASPECT) return reshaped(grain, rodOf(grain.volumeNm3, aspect), grain.volumeNm3);
  const sphere: Shape = { kind: "sphere", diameterNm: equivalentDiameterNm(grain.volumeNm3) };
  return { ...reshaped(grain, sphere, grain.volumeNm3), isRounding: false };
}

/**
 * Two grains as one: a rod along the line of their centres that will become round. Volume is conserved, the centre of mass stays,
 * the larger one's track goes on.
 */
export function merged(a: Grain, b: Grain): Grain {
  const [large, small] = a.volumeNm3 >= b.volumeNm3 ? [a, b] : [b, a];
  const volume = large.volumeNm3 + small.volumeNm3;
  const share = small.volumeNm3 / volume;
  const dxNm = small.xNm - large.xNm;
  const dyNm = small.yNm - large.yNm;
  const aspect = 1 + equivalentDiameterNm(small.volumeNm3) / equivalentDiameterNm(large.volumeNm3);
  const body: Body = {
    trackId: large.trackId,
    shape: rodOf(volume, aspect),
    xNm: large.xNm + share * dxNm,
    yNm: large.yNm + share * dyNm,
    angleRad: halfTurn(angleOf(dxNm, dyNm)),
  };
  const appetiteNm3 = large.appetiteNm3 + small.appetiteNm3;
  return { ...body, volumeNm3: volume, footprint: footprintOf(body), appetiteNm3, isRounding: true };
}

/** Diameter of the sphere of a volume. */
export function equivalentDiameterNm(volume: number): number {
  return cubeRoot((6 * volume) / Math.PI);
}

/** The spherocylinder of a volume and of an aspect ratio length / width: V = pi w^3 (3 aspect - 1) / 12. */
function rodOf(volume: number, aspect: number): Shape {
  const widthNm = cubeRoot((12 * volume) / (Math.PI * (3 * aspect - 1)));
  return { kind: "rod", lengthNm: aspect * widthNm, widthNm };
}

function reshaped(grain: Grain, shape: Shape, volume: number): Grain {
  return { ...grain, shape, volumeNm3: volume, footprint: footprintOf({ ...grain, shape }) };
}

/** An angle brought to -pi..pi. */
function halfTurn(angleRad: number): number {
  return angleRad - 2 * Math.PI * Math.round(angleRad / (2 * Math.PI));
}
