/**
 * The particles of a movie and what happens to them: drift, Brownian motion, coalescence, ripening, nucleation, and exchange with the
 * liquid around the field of view.
 *
 * @module
 */
import { closerThan } from "./body.js";
import { equivalentDiameterNm, type Grain, grainOf, jolted, merged, resized, rounded, shifted } from "./grain.js";
import type { MovieSpec } from "./movie-spec.js";
import { drawShape, findPlace, type Region, tooCrowded, viewOf } from "./placement.js";
import { createRandom, type Random } from "./random.js";
import { balancedSoluteNm3, ripened, sphereVolumeNm3 } from "./ripening.js";
import { type SceneSpec, SIZE_CUTOFF_SD, sceneCount } from "./scene-spec.js";
import { outlineOf, reachNm, type Shape, scaled, volumeNm3 } from "./shape.js";

/** Longest time step, s: short against the seconds in which the solute settles. */
const LONGEST_STEP_S = 0.1;

/** A nucleus begins so much larger than what counts as dissolved. */
const NUCLEUS_MARGIN = 1.2;

/** Where the matter is and where it came from: `particles + solute` changes by `supplied + exchanged` only. All in nm3. */
export interface MassBalance {
  readonly particlesNm3: number;
  readonly soluteNm3: number;
  /** Set free by the beam since the beginning. */
  readonly suppliedNm3: number;
  /** Carried in less carried out over the edge of the world since the beginning. */
  readonly exchangedNm3: number;
}

/** The particles in and around the field of view of a movie, as time goes on. */
export class Population {
  readonly #spec: MovieSpec;
  readonly #world: Region;
  readonly #motion: Random;
  readonly #events: Random;
  readonly #positions: Random;
  #grains: readonly Grain[] = [];
  #soluteNm3: number;
  #suppliedNm3 = 0;
  #exchangedNm3 = 0;
  #lastTrackId = 0;

  constructor(spec: MovieSpec, seed: number) {
    this.#spec = spec;
    this.#world = worldOf(spec.scene);
    this.#motion = createRandom(seed, "motion");
    this.#events = createRandom(seed, "events");
    this.#positions = createRandom(seed, "positions");
    this.#grains = this.#firstGrains(seed);
    this.#soluteNm3 = balancedSoluteNm3(this.#grains, spec);
  }

  /** All particles, those out of sight included. */
  get grains(): readonly Grain[] {
    return this.#grains;
  }

  get mass(): MassBalance {
    return {
      particlesNm3: this.#grains.reduce((sum, { volumeNm3 }) => sum + volumeNm3, 0),
      soluteNm3: this.#soluteNm3,
      suppliedNm3: this.#suppliedNm3,
      exchangedNm3: this.#exchangedNm3,
    };
  }

  /** Lets time pass. */
  advance(durationS: number): void {
    const steps = Math.ceil(durationS / LONGEST_STEP_S);
    for (let i = 0; i < steps; i += 1) this.#step(durationS / steps);
  }

  #step(dtS: number): void {
    const { roundingS, supplyNm3PerS } = this.#spec;
    this.#grains = this.#moved(dtS).map((grain) => rounded(grain, dtS, roundingS));
    this.#grains = this.#grains.flatMap((grain) => this.#exchanged(grain));
    this.#suppliedNm3 += supplyNm3PerS * dtS;
    const solution = { grains: this.#grains, soluteNm3: this.#soluteNm3 + supplyNm3PerS * dtS };
    const { grains, soluteNm3 } = ripened(solution, this.#spec, dtS);
    this.#grains = grains;
    this.#soluteNm3 = soluteNm3;
    this.#nucleate(dtS);
  }

  /** Every grain carried by the stage and jolted by the liquid; those that meet merge or are carried only. */
  #moved(dtS: number): readonly Grain[] {
    const { diffusionNm2PerS, rotationRad2PerS, driftNmPerS, coalescenceChance, scene } = this.#spec;
    const stepNm = Math.sqrt(2 * diffusionNm2PerS * dtS);
    const turnRad = Math.sqrt(2 * rotationRad2PerS * dtS);
    const [driftX, driftY] = [driftNmPerS.x * dtS, driftNmPerS.y * dtS];
    const grains = [...this.#grains];
    for (let i = 0; i < grains.length; i += 1) {
      const dxNm = driftX + stepNm * this.#motion.normal();
      const dyNm = driftY + stepNm * this.#motion.normal();
      const candidate = jolted(grains[i], dxNm, dyNm, turnRad * this.#motion.normal());
      const met = scene.minGapNm === null ? -1 : indexOfContact(candidate, grains, i);
      if (met < 0) grains[i] = candidate;
      else if (this.#events.uniform() >= coalescenceChance) grains[i] = shifted(grains[i], driftX, driftY);
      else {
        grains[i] = merged(grains[i], grains[met]);
        grains.splice(met, 1);
      }
    }
    return grains;
  }

  /** What comes in for a grain that has left the world: itself, a fresh one, or nothing where there is no room. */
  #exchanged(grain: Grain): readonly Grain[] {
    const { left, right, top, bottom } = this.#world;
    const leaps = { x: leap(grain.xNm, left, right), y: leap(grain.yNm, top, bottom) };
    if (leaps.x === 0 && leaps.y === 0) return [grain];
    if (this.#spec.edge === "wrap") return [shifted(grain, leaps.x, leaps.y)];
    const fresh = this.#freshGrain(entrance(this.#world, grain, leaps));
    this.#exchangedNm3 += (fresh?.volumeNm3 ?? 0) - grain.volumeNm3;
    return fresh === null ? [] : [fresh];
  }

  /** Nuclei where there is room: tiny ones, of matter from the solution, with an appetite for their first size. */
  #nucleate(dtS: number): void {
    const { nucleation, scene, leastDiameterNm } = this.#spec;
    if (nucleation === null) return;
    const attempts = this.#events.poisson(nucleation.attemptsPerUm2S * areaUm2(this.#world) * dtS);
    for (let i = 0; i < attempts; i += 1) {
      const drawn = drawShape(scene.kinds, this.#events);
      const { min, max } = nucleation.diameterNm;
      const shape = withDiameter(drawn, this.#events.between(min, max));
      const grain = this.#placed(shape, { region: this.#world, minGapNm: nucleation.clearanceNm, tries: 1 });
      const startNm3 = sphereVolumeNm3(leastDiameterNm * NUCLEUS_MARGIN);
      if (grain === null || grain.volumeNm3 <= startNm3 || startNm3 > this.#soluteNm3) continue;
      const nucleus = { ...resized(grain, startNm3), appetiteNm3: grain.volumeNm3 - startNm3 };
      this.#grains = [...this.#grains, nucleus];
      this.#soluteNm3 -= startNm3;
    }
  }

  /** The grains that the movie begins with: as dense in the whole world as the scene asks for in the view. */
  #firstGrains(seed: number): readonly Grain[] {
    const { scene } = this.#spec;
    const count = Math.round((sceneCount(scene) * areaUm2(this.#world)) / areaUm2(viewOf(scene)));
    const shapes = createRandom(seed, "shapes");
    for (let i = 0; i < count; i += 1) {
      const grain = this.#placed(drawShape(scene.kinds, shapes), { region: this.#world, minGapNm: scene.minGapNm });
      if (grain === null) throw tooCrowded(count, i);
      this.#grains = [...this.#grains, grain];
    }
    return this.#grains;
  }

  #freshGrain(region: Region): Grain | null {
    const { scene } = this.#spec;
    return this.#placed(drawShape(scene.kinds, this.#events), { region, minGapNm: scene.minGapNm, tries: 20 });
  }

  /** A new grain of a shape where it finds room, or `null`. */
  #placed(shape: Shape, options: PlacedOptions): Grain | null {
    const { region, minGapNm, tries } = options;
    const occupied = this.#grains.map(({ footprint }) => footprint);
    const query = { shape, region, occupied, spec: { minGapNm, marginNm: null }, random: this.#positions };
    const place = findPlace(tries === undefined ? query : { ...query, tries });
    if (place === null) return null;
    this.#lastTrackId += 1;
    return grainOf({ trackId: this.#lastTrackId, shape, ...place });
  }
}

interface PlacedOptions {
  readonly region: Region;
  readonly minGapNm: number | null;
  readonly tries?: number;
}

/** The other grain that `candidate`, number `self` in the list, would touch; -1 for none. */
function indexOfContact(candidate: Grain, grains: readonly Grain[], self: number): number {
  return grains.findIndex((other, i) => i !== self && closerThan(0, candidate.footprint, other.footprint));
}

/** The field of view and around it so much that particles come and go out of sight: twice the reach of the largest. */
function worldOf(scene: SceneSpec): Region {
  const reaches = scene.kinds.map(({ shape, relativeSd }) =>
    reachNm(outlineOf(scaled(shape, 1 + SIZE_CUTOFF_SD * relativeSd))),
  );
  const padNm = 2 * Math.max(...reaches);
  const { left, top, right, bottom } = viewOf(scene);
  return { left: left - padNm, top: top - padNm, right: right + padNm, bottom: bottom + padNm };
}

/** How far a coordinate outside `low`..`high` must leap to come in from the other side; 0 inside. */
function leap(value: number, low: number, high: number): number {
  if (value < low) return high - low;
  return value >= high ? low - high : 0;
}

/** The line along which something comes in for a grain that has left. */
function entrance(world: Region, grain: Grain, leaps: { readonly x: number; readonly y: number }): Region {
  if (leaps.x !== 0) return { ...world, left: grain.xNm + leaps.x, right: grain.xNm + leaps.x };
  return { ...world, top: grain.yNm + leaps.y, bottom: grain.yNm + leaps.y };
}

/** A shape of the same proportions with another volume-equivalent diameter. */
function withDiameter(shape: Shape, diameterNm: number): Shape {
  return scaled(shape, diameterNm / equivalentDiameterNm(volumeNm3(shape)));
}

function areaUm2({ left, top, right, bottom }: Region): number {
  return ((right - left) * (bottom - top)) / 1e6;
}
