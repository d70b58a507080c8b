import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DESCRIPTOR_LAYOUT,
  packDescriptors,
  packSizes,
  unpackTable,
} from "../../../src/daemon/ledger/particle-blobs.js";
import { forgetOldest, usedBytes } from "../../../src/daemon/ledger/retention.js";
import { runSizes } from "../../../src/daemon/ledger/run-sizes.js";
import type { FrameOutcome } from "../../../src/daemon/session/session.js";
import { createParticleTable, PARTICLE_COLUMN_NAMES } from "../../../src/stream/base/particles.js";
import { pixelSizeNmFrom } from "../../../src/stream/base/units.js";
import { analysisWith } from "../../support/cli-frames.js";
import { FIRST_SETTINGS } from "../../support/frames.js";
import {
  committed,
  ledgerPath,
  MODEL,
  OPENED_AT_MS,
  openStore,
  recordOf,
  recordsTo,
  runFrom,
} from "../../support/ledger.js";

const rejected: FrameOutcome = { kind: "rejected", reason: "corrupt", detail: "half a file" };
const dropped: FrameOutcome = { kind: "dropped", cause: "intake/latest" };

describe("what is committed", () => {
  it("is read back whole: event, every descriptor, outlines, what computed it", async () => {
    const path = await ledgerPath();
    const { store, reader } = openStore(path);
    const records = await Promise.all([recordOf(1), recordOf(2, rejected), recordOf(3, dropped), recordOf(4)]);
    store.commit(records);
    const run = reader.run(1);
    if (run === null) throw new Error("there is no run");
    const rows = [...reader.frames(run)];
    expect(rows.map(({ event }) => event)).toEqual(records.map(({ event }) => event));
    expect(rows.map(({ key }) => key)).toEqual(["frame-1", "frame-2", "frame-3", "frame-4"]);
    const { particles, outlines } = analysisWith(3, 0.5);
    expect(rows[3]).toMatchObject({
      particles,
      outlines,
      computing: { daemonVersion: "0.1.0", filter: "WebAssembly SIMD", segmenter: "Otsu", model: MODEL },
    });
    expect(rows[1]).toMatchObject({ particles: null, outlines: null, computing: null });
    expect(reader.summary(run)).toMatchObject({ committed: 2, rejected: 1, dropped: 1, particles: 6 });
    expect(reader.settingsOf(run)).toEqual([FIRST_SETTINGS]);
  });

  it("is all of a group or nothing: one frame that cannot be written undoes those before it", async () => {
    const { store, reader } = openStore(await ledgerPath());
    const [first, second] = await recordsTo(2);
    if (first === undefined || second === undefined) throw new Error("two records");
    expect(() => store.commit([first, second, second])).toThrow(/UNIQUE/);
    expect(reader.lastSeq()).toBe(0);
    store.commit([first, second]);
    expect(reader.lastSeq()).toBe(2);
  });

  it("refuses a content that is final already, under any number", async () => {
    const { store, reader } = openStore(await ledgerPath());
    store.commit(await recordsTo(1));
    const again = { ...(await recordOf(2)), key: "frame-1" };
    expect(() => store.commit([again])).toThrow(/UNIQUE/);
    expect(reader.lastSeq()).toBe(1);
  });

  it("takes a content again that had vanished, or waited when the daemon was stopped", async () => {
    const { store, reader } = openStore(await ledgerPath());
    const gone = await recordOf(2, { kind: "rejected", reason: "vanished", detail: "" });
    const stopped = await recordOf(3, { kind: "dropped", cause: "intake/shutdown" });
    const there = await recordOf(4);
    store.commit([await recordOf(1), gone, { ...stopped, key: gone.key }, { ...there, key: gone.key }]);
    expect(reader.lastSeq()).toBe(4);
  });
});

describe("the blobs of a particle table", () => {
  it("give back every column bit for bit", () => {
    const bits = fc.array(fc.array(fc.float(), { minLength: 16, maxLength: 16 }), { maxLength: 30 });
    fc.assert(
      fc.property(bits, (rows) => {
        const table = createParticleTable(rows.length);
        for (const [row, values] of rows.entries()) {
          for (const [column, name] of PARTICLE_COLUMN_NAMES.entries()) table[name][row] = values[column] ?? 0;
        }
        const blobs = { sizes: new Uint8Array(packSizes(table)), descriptors: new Uint8Array(packDescriptors(table)) };
        expect(unpackTable({ count: rows.length, layout: DESCRIPTOR_LAYOUT, ...blobs })).toEqual(table);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it("of an older version lack what it did not know, and keep what this one does not", () => {
    const layout = [
      ["solidity", "f32"],
      ["forgotten", "f32"],
      ["score", "f32"],
    ] as const;
    const descriptors = new Uint8Array(Float32Array.of(0.5, 7, 0.75).buffer);
    const table = unpackTable({ count: 1, sizes: new Uint8Array(8), layout, descriptors });
    expect([table.solidity[0], table.score[0], table.perimeterPx[0]]).toEqual([0.5, 0.75, Number.NaN]);
  });
});

describe("the sizes of a run", () => {
  /** The plain way: all values, sorted. */
  function reference(values: readonly number[], fraction: number): number | null {
    const sorted = values.toSorted((a, b) => a - b);
    const rank = fraction * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
    return low === undefined || high === undefined ? null : low + (rank - Math.floor(rank)) * (high - low);
  }

  it("are the quantiles of all particles that no border cuts", async () => {
    const sizes = fc.float({ min: Math.fround(0.1), max: 100, noNaN: true });
    const frames = fc.array(fc.array(fc.tuple(sizes, fc.boolean()), { maxLength: 12 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(frames, async (particlesOfFrames) => {
        const opened = openStore(await ledgerPath());
        for (const [index, particles] of particlesOfFrames.entries()) {
          const analysis = analysisWith(particles.length, null);
          for (const [row, [ecdPx, touches]] of particles.entries()) {
            analysis.particles.ecdPx[row] = ecdPx;
            analysis.particles.touchesBorder[row] = touches ? 1 : 0;
          }
          opened.store.commit([await recordOf(index + 1, committed(analysis))]);
        }
        const sized = particlesOfFrames
          .flat()
          .filter(([, touches]) => !touches)
          .map(([ecdPx]) => ecdPx);
        const found = runSizes(opened.database, runFrom(1, 1));
        expect(found).toMatchObject({
          particles: particlesOfFrames.flat().length,
          sized: sized.length,
          lengthUnit: "px",
        });
        for (const [key, fraction] of [
          ["d10", 0.1],
          ["median", 0.5],
          ["d90", 0.9],
        ] as const) {
          const expected = reference(sized, fraction);
          if (expected === null) expect(found[key]).toBeNull();
          else expect(found[key]).toBeCloseTo(expected, 4);
        }
        opened.close();
      }),
      { seed: 5, numRuns: 25 },
    );
  });

  it("are in nm when every frame's pixel size is known, else in px", async () => {
    const { store, database } = openStore(await ledgerPath());
    store.commit(await recordsTo(2, committed(analysisWith(1, 0.5))));
    const ecdPx = 2 * Math.sqrt(100 / Math.PI);
    expect(runSizes(database, runFrom(1, 1))).toMatchObject({ lengthUnit: "nm" });
    expect(runSizes(database, runFrom(1, 1)).median).toBeCloseTo(0.5 * ecdPx, 4);
    // A frame without particles says nothing of sizes.
    store.commit([await recordOf(3, committed(analysisWith(0, null)))]);
    expect(runSizes(database, runFrom(1, 1))).toMatchObject({ particles: 2, lengthUnit: "nm" });
    store.commit([await recordOf(4, committed(analysisWith(1, null)))]);
    expect(runSizes(database, runFrom(1, 1))).toMatchObject({ lengthUnit: "px" });
    expect(runSizes(database, runFrom(1, 1)).median).toBeCloseTo(ecdPx, 4);
    expect(pixelSizeNmFrom(0.5)).toBe(0.5);
  });
});

describe("forgetting", () => {
  it("removes the oldest frames until the size is kept, never the newest, and still knows what was recorded", async () => {
    const path = await ledgerPath();
    const { store, reader, database } = openStore(path);
    store.commit(await recordsTo(1_200));
    const maxBytes = usedBytes(database) / 2;
    while (forgetOldest(database, { maxBytes, forgetBeforeMs: null, keepFrames: 100 }) > 0);
    expect(usedBytes(database)).toBeLessThanOrEqual(maxBytes);
    expect(reader.lastSeq()).toBe(1_200);
    while (forgetOldest(database, { maxBytes: 0, forgetBeforeMs: null, keepFrames: 100 }) > 0);
    expect([...reader.eventsAfter(0)].map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, i) => 1_101 + i));
    const again = { ...(await recordOf(1_201)), key: "frame-1" };
    expect(() => store.commit([again])).toThrow(/UNIQUE/);
  });

  it("removes by age what was committed before, and runs of which nothing is left", async () => {
    const { store, reader, database } = openStore(await ledgerPath());
    const ended = runFrom(1, 1, { lastSeq: 2, endedAtMs: OPENED_AT_MS, endReason: "asked" });
    store.commit([
      await recordOf(1),
      await recordOf(2),
      await recordOf(3, committed(), [ended, runFrom(2, 3)]),
      await recordOf(4),
    ]);
    const limits = { maxBytes: null, forgetBeforeMs: OPENED_AT_MS + 3, keepFrames: 1 };
    expect(forgetOldest(database, limits)).toBe(2);
    expect(forgetOldest(database, limits)).toBe(0);
    expect(reader.runs().map(({ id, committed: count }) => [id, count])).toEqual([[2, 2]]);
  });
});
