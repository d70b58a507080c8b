import { describe, expect, it } from "vitest";
import {
  equivalentDiameterNm,
  type Grain,
  grainOf,
  merged,
  resized,
  rounded,
} from "../../../src/stream/source/simulated/grain.js";
import { createMovie } from "../../../src/stream/source/simulated/movie.js";
import { DEMO_MOVIE, type MovieSpec } from "../../../src/stream/source/simulated/movie-spec.js";
import { Population } from "../../../src/stream/source/simulated/population.js";
import { balancedSoluteNm3, ripened } from "../../../src/stream/source/simulated/ripening.js";
import { SceneSpecError } from "../../../src/stream/source/simulated/scene-spec.js";
import { volumeNm3 } from "../../../src/stream/source/simulated/shape.js";
import { fingerprint } from "../../support/simulated-statistics.js";

/** The demo over a quarter of its field of view, at the same density. */
const SMALL: MovieSpec = {
  ...DEMO_MOVIE,
  scene: {
    ...DEMO_MOVIE.scene,
    fieldOfViewNm: 256,
    widthPx: 256,
    heightPx: 256,
    population: { kind: "count", count: 15 },
  },
};

/** Nothing but ripening: nobody comes, goes, moves or meets. */
const CLOSED: MovieSpec = {
  ...SMALL,
  diffusionNm2PerS: 0,
  rotationRad2PerS: 0,
  driftNmPerS: { x: 0, y: 0 },
  supplyNm3PerS: 0,
  nucleation: null,
  coalescenceChance: 0,
  edge: "wrap",
};

function sphere(diameterNm: number, xNm = 0, trackId = 1): Grain {
  return grainOf({ trackId, shape: { kind: "sphere", diameterNm }, xNm, yNm: 0, angleRad: 0 });
}

function matter(population: Population): number {
  // From the shapes, not from the volumes that the population keeps.
  const solid = population.grains.reduce((sum, grain) => sum + volumeNm3(grain.shape), 0);
  return solid + population.mass.soluteNm3 - population.mass.suppliedNm3 - population.mass.exchangedNm3;
}

function inView(population: Population): readonly Grain[] {
  return population.grains.filter(({ xNm, yNm }) => xNm >= 0 && xNm < 256 && yNm >= 0 && yNm < 256);
}

describe("Ostwald ripening", () => {
  it("dissolves the small, feeds the large and changes nobody at the critical radius", () => {
    const grains = [sphere(10), sphere(30), sphere(60)];
    const soluteNm3 = (2 * SMALL.soluteCapacityNm4) / 30;
    const [small, critical, large] = ripened({ grains, soluteNm3 }, SMALL, 1).grains;
    expect(small.volumeNm3).toBeLessThan(grains[0].volumeNm3);
    expect(critical.volumeNm3).toBeCloseTo(grains[1].volumeNm3, 6);
    expect(large.volumeNm3).toBeGreaterThan(grains[2].volumeNm3);
  });

  it("follows dr/dt = K (1/r_crit - 1/r) / r", () => {
    const [r, criticalRadius, dtS] = [20, 12, 1e-4];
    const soluteNm3 = SMALL.soluteCapacityNm4 / criticalRadius;
    const [grown] = ripened({ grains: [sphere(2 * r)], soluteNm3 }, SMALL, dtS).grains;
    const rate = (equivalentDiameterNm(grown.volumeNm3) / 2 - r) / dtS;
    expect(rate).toBeCloseTo((SMALL.ripeningNm3PerS * (1 / criticalRadius - 1 / r)) / r, 6);
  });

  it("starts in balance: the critical radius is the mean radius", () => {
    const solute = balancedSoluteNm3([sphere(10), sphere(30)], SMALL);
    expect(SMALL.soluteCapacityNm4 / solute).toBeCloseTo(10, 9);
    expect(balancedSoluteNm3([], SMALL)).toBe(0);
  });

  it("never takes up more than is dissolved, and conserves matter while it starves", () => {
    const nucleus = { ...sphere(6), appetiteNm3: 1e9 };
    const { grains, soluteNm3 } = ripened({ grains: [nucleus], soluteNm3: 5 }, SMALL, 10);
    expect(soluteNm3).toBeGreaterThanOrEqual(0);
    expect(grains[0].volumeNm3 + soluteNm3).toBeCloseTo(nucleus.volumeNm3 + 5, 9);
  });

  it("coarsens a closed field: fewer, larger, the same matter to the twelfth digit", () => {
    const population = new Population(CLOSED, 3);
    const before = { matter: matter(population), count: population.grains.length };
    const mean = () =>
      population.grains.reduce((sum, grain) => sum + equivalentDiameterNm(grain.volumeNm3), 0) /
      population.grains.length;
    const meanBefore = mean();
    population.advance(400);
    expect(population.grains.length).toBeLessThan(before.count);
    expect(mean()).toBeGreaterThan(meanBefore);
    expect(Math.abs(matter(population) / before.matter - 1)).toBeLessThan(1e-12);
  });
});

describe("coalescence", () => {
  it("conserves volume and centre of mass, goes on with the larger one's track, and becomes round", () => {
    const [a, b] = [sphere(20, 0, 7), sphere(30, 25, 8)];
    const pair = merged(a, b);
    const volume = a.volumeNm3 + b.volumeNm3;
    expect(volumeNm3(pair.shape)).toBeCloseTo(volume, 6);
    expect(pair.xNm).toBeCloseTo((25 * b.volumeNm3) / volume, 9);
    expect(pair.trackId).toBe(8);
    expect(pair.shape.kind).toBe("rod");
    let grain = pair;
    for (let i = 0; i < 100; i += 1) grain = rounded(grain, 1, 10);
    expect(grain.shape.kind).toBe("sphere");
    expect(volumeNm3(grain.shape)).toBeCloseTo(volume, 6);
  });

  it("merges particles that touch when it always does, and never when it never does", () => {
    const touching = (coalescenceChance: number) => {
      const population = new Population({ ...CLOSED, diffusionNm2PerS: 50, coalescenceChance, ripeningNm3PerS: 0 }, 5);
      const before = { count: population.grains.length, matter: matter(population) };
      population.advance(60);
      expect(Math.abs(matter(population) / before.matter - 1)).toBeLessThan(1e-12);
      return before.count - population.grains.length;
    };
    expect(touching(1)).toBeGreaterThan(0);
    expect(touching(0)).toBe(0);
  });

  it("resizes in proportion", () => {
    const half = resized(sphere(20), sphere(20).volumeNm3 / 8);
    expect(half.shape).toEqual({ kind: "sphere", diameterNm: expect.closeTo(10, 9) });
  });
});

describe("motion", () => {
  it("is Brownian: mean squared displacement 4 D t", () => {
    const free: MovieSpec = {
      ...CLOSED,
      diffusionNm2PerS: 20,
      ripeningNm3PerS: 0,
      scene: { ...CLOSED.scene, minGapNm: null, population: { kind: "count", count: 600 } },
    };
    const population = new Population(free, 2);
    const start = new Map(population.grains.map((grain) => [grain.trackId, grain]));
    population.advance(1);
    const squares = population.grains.flatMap(({ trackId, xNm, yNm }) => {
      const from = start.get(trackId);
      const square = from === undefined ? 0 : (xNm - from.xNm) ** 2 + (yNm - from.yNm) ** 2;
      // A particle that wrapped round has leapt over the whole world.
      return square < 1e4 ? [square] : [];
    });
    const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
    // Exponentially distributed: the mean of n scatters by 1 / sqrt(n).
    expect(Math.abs(mean / 80 - 1)).toBeLessThan(4 / Math.sqrt(squares.length));
  });

  it("drifts with the stage", () => {
    const population = new Population({ ...CLOSED, ripeningNm3PerS: 0, driftNmPerS: { x: 2, y: -1 } }, 1);
    const [first] = inView(population);
    population.advance(3);
    const later = population.grains.find(({ trackId }) => trackId === first.trackId);
    expect(later?.xNm).toBeCloseTo(first.xNm + 6, 6);
    expect(later?.yNm).toBeCloseTo(first.yNm - 3, 6);
  });
});

describe("a movie", () => {
  it("neither runs empty nor fills up: 20,000 steps keep count, sizes and the balance of matter", () => {
    const scene = { ...SMALL.scene, fieldOfViewNm: 160, widthPx: 160, heightPx: 160 };
    const population = new Population({ ...SMALL, scene: { ...scene, population: { kind: "count", count: 6 } } }, 4);
    const matterBefore = matter(population);
    const countBefore = population.grains.length;
    const counts: number[] = [];
    const diameters: number[] = [];
    for (let i = 0; i < 200; i += 1) {
      population.advance(10);
      counts.push(population.grains.length / countBefore);
      diameters.push(...population.grains.map((grain) => equivalentDiameterNm(grain.volumeNm3)));
    }
    expect(Math.min(...counts)).toBeGreaterThan(0.5);
    expect(Math.max(...counts)).toBeLessThan(1.8);
    const sorted = diameters.sort((a, b) => a - b);
    expect(sorted[Math.floor(0.1 * sorted.length)]).toBeGreaterThan(8);
    expect(sorted[Math.floor(0.98 * sorted.length)]).toBeLessThan(75);
    expect(Math.abs(matter(population) / matterBefore - 1)).toBeLessThan(1e-9);
  });

  it("shows what it is of: ripening, nucleation and particles that come and go", () => {
    const population = new Population(SMALL, 6);
    const first = new Set(population.grains.map(({ trackId }) => trackId));
    const nuclei = new Set<number>();
    for (let i = 0; i < 24; i += 1) {
      population.advance(5);
      for (const { trackId, appetiteNm3 } of population.grains) if (appetiteNm3 > 0) nuclei.add(trackId);
    }
    const tracks = population.grains.map(({ trackId }) => trackId);
    expect(tracks.some((trackId) => first.has(trackId))).toBe(true);
    expect(tracks.some((trackId) => !first.has(trackId))).toBe(true);
    expect(nuclei.size).toBeGreaterThan(0);
  });

  it("is the same for the same seed, frame by frame, and another for another", () => {
    const film = (seed: number) => {
      const movie = createMovie(SMALL, seed);
      return Array.from({ length: 12 }, () => fingerprint(movie.next()));
    };
    expect(film(1)).toEqual(film(1));
    expect(film(1)).not.toEqual(film(2));
    expect(new Set(film(1)).size).toBe(12);
    expect(film(1).at(-1)).toMatchInlineSnapshot(`"16a584460e420524"`);
  });

  it("starts at time 0 and goes on by the frame interval; tracks keep their number", () => {
    const movie = createMovie(SMALL, 1);
    expect(movie.timeS).toBe(0);
    const [before, after] = [movie.next().truth.particles, movie.next().truth.particles];
    expect(movie.timeS).toBeCloseTo(0.2, 12);
    const shared = after.filter(({ trackId }) => before.some((particle) => particle.trackId === trackId));
    expect(shared.length).toBeGreaterThan(10);
    expect(after.map(({ id }) => id)).toEqual(after.map((_, i) => i + 1));
  });

  it.each([
    ["frameIntervalS", { frameIntervalS: 0 }],
    ["coalescenceChance", { coalescenceChance: 1.1 }],
    ["ripeningNm3PerS", { ripeningNm3PerS: Number.NaN }],
    ["nucleation.diameterNm.min", { nucleation: { ...DEMO_MOVIE.nucleation, diameterNm: { min: 40, max: 30 } } }],
  ] as const)("that makes no sense is refused by the name of its field: %s", (field, changes) => {
    const create = () => createMovie({ ...SMALL, ...changes } as MovieSpec, 1);
    expect(create).toThrow(SceneSpecError);
    expect(create).toThrow(expect.objectContaining({ field }));
  });
});
