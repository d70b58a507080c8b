import { readdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import fc from "fast-check";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { exportRun } from "../../../src/daemon/export/run/export-run.js";
import { maskRle } from "../../../src/daemon/export/run/mask-rle.js";
import { runTable, TABLE_NAMES } from "../../../src/daemon/export/run/tables.js";
import { RunUnknownError } from "../../../src/daemon/ledger/errors.js";
import { findRun, openToRead } from "../../../src/daemon/ledger/open-to-read.js";
import { exported, recordedRun } from "../../support/exported.js";
import { MODEL, openStore, recordOf, runFrom } from "../../support/ledger.js";

async function parquetOf(path: string) {
  const bytes = await readFile(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = parquetMetadata(file);
  const provenance = metadata.key_value_metadata?.find(({ key }) => key === "ostwald")?.value ?? "";
  return { rows: await parquetReadObjects({ file }), provenance: JSON.parse(provenance), metadata };
}

const ECD_PX = Math.fround(2 * Math.sqrt(100 / Math.PI));

describe("a run as Parquet", () => {
  it("has a row for every particle, units in the names, and what it was made with inside", async () => {
    const { rows, provenance, metadata } = await parquetOf(await exported(await recordedRun(), "parquet"));
    expect(rows).toHaveLength(6);
    expect(rows[1]).toMatchObject({
      seq: 1n,
      source: "scripted",
      label: "frame_1.tif",
      pixel_size_nm: 0.5,
      model_sha256: MODEL.sha256,
      id: 2n,
      area_nm2: 25,
      touches_border: true,
    });
    for (const { ecd_nm } of rows) expect(ecd_nm).toBeCloseTo(ECD_PX / 2, 5);
    expect(Object.keys(rows[0] ?? {})).toEqual(runTable("particles", "nm").columns.map(({ name }) => name));
    expect(metadata.created_by).toMatch(/^Ostwald \d/);
    expect(provenance).toMatchObject({
      run: { id: 1, name: "run-1", firstSeq: 1 },
      configuration: {},
      computedBy: [{ daemonVersion: "0.1.0", segmenter: "Otsu", model: MODEL }],
      settings: [{ settingsId: 1, fromSeq: 1, settings: { filter: "none" } }],
      pixelSizesNm: [0.5],
    });
  });

  it("has a row for every frame, whatever became of it", async () => {
    const { rows } = await parquetOf(await exported(await recordedRun(), "parquet", "frames"));
    expect(rows.map(({ seq, outcome, reason, count }) => [seq, outcome, reason, count])).toEqual([
      [1n, "committed", null, 3n],
      [2n, "rejected", "corrupt", null],
      [3n, "committed", null, 3n],
    ]);
  });

  it("is in px in every row when one frame's pixel size is not known", async () => {
    const { rows } = await parquetOf(await exported(await recordedRun([0.5, null]), "parquet"));
    expect(rows.map(({ ecd_px }) => ecd_px)).toEqual(Array.from({ length: 6 }, () => Number(ECD_PX.toPrecision(7))));
    expect(rows[0]).not.toHaveProperty("ecd_nm");
  });

  it("is written in groups, and all of them are read back", async () => {
    const path = await recordedRun();
    const { store, close } = openStore(path);
    for (const seq of [4, 5, 6]) store.commit([await recordOf(seq)]);
    close();
    const { rows, metadata } = await parquetOf(await exported(path, "parquet"));
    expect(rows).toHaveLength(15);
    expect(metadata.row_groups.reduce((sum, { num_rows }) => sum + Number(num_rows), 0)).toBe(15);
  });
});

describe("a run as CSV", () => {
  it("has the same columns and values as Parquet, and its provenance beside it", async () => {
    const ledger = await recordedRun();
    for (const table of TABLE_NAMES) {
      const csv = await exported(ledger, "csv", table);
      const [header = "", ...lines] = (await readFile(csv, "utf8")).trimEnd().split("\n");
      const { rows, provenance } = await parquetOf(await exported(ledger, "parquet", table));
      expect(header.split(",")).toEqual(Object.keys(rows[0] ?? {}));
      const cells = rows.map((row) =>
        Object.values(row).map((cell) => (typeof cell === "boolean" ? Number(cell) : cell)),
      );
      expect(lines).toEqual(cells.map((row) => row.map((cell) => (cell === null ? "" : String(cell))).join(",")));
      const beside = JSON.parse(await readFile(`${csv}.provenance.json`, "utf8"));
      expect({ ...beside, exportedAt: "" }).toEqual({ ...provenance, exportedAt: "" });
    }
  });
});

describe("a run as JSON", () => {
  it("has every frame with its particles in px and nm, and no pictures", async () => {
    const { frames, provenance } = JSON.parse(await readFile(await exported(await recordedRun(), "json"), "utf8"));
    expect(provenance.run.name).toBe("run-1");
    expect(frames.map(({ op }: { readonly op: string }) => op)).toEqual(["frame", "rejected", "frame"]);
    expect(frames[0].particles[0]).toMatchObject({
      id: 1,
      areaPx2: 100,
      areaNm2: 25,
      outlinePx: [
        [0, 0],
        [10, 0],
        [10, 10],
        [0, 10],
      ],
    });
    expect(frames[0]).not.toHaveProperty("intensity");
  });
});

describe("masks as COCO", () => {
  /** Reads COCO's text form, as its reference implementation writes it. */
  function countsOf(text: string): readonly number[] {
    const counts: number[] = [];
    for (let at = 0; at < text.length; ) {
      let value = 0;
      for (let shift = 0; ; shift += 5) {
        const bits = text.charCodeAt(at++) - 48;
        value |= (bits & 31) << shift;
        if ((bits & 32) !== 0) continue;
        if ((bits & 16) !== 0) value |= -1 << (shift + 5);
        break;
      }
      counts.push(counts.length > 2 ? value + (counts.at(-2) ?? 0) : value);
    }
    return counts;
  }

  function pixelsOf({ size: [height, width], counts }: ReturnType<typeof maskRle>): readonly string[] {
    const inside: string[] = [];
    let at = 0;
    for (const [index, count] of countsOf(counts).entries()) {
      for (let end = at + count; at < end; at++) {
        if (index % 2 === 1) inside.push(`${Math.floor(at / height)},${at % height}`);
      }
    }
    expect(at).toBe(height * width);
    return inside;
  }

  /** The even-odd rule at one point. */
  function isInside(xy: readonly number[], x: number, y: number): boolean {
    let inside = false;
    for (let i = 0; i < xy.length; i += 2) {
      const [x0 = 0, y0 = 0] = [xy[i], xy[i + 1]];
      const [x1 = 0, y1 = 0] = [xy[(i + 2) % xy.length], xy[(i + 3) % xy.length]];
      if (x0 < x !== x1 < x && y > y0 + ((x - x0) / (x1 - x0)) * (y1 - y0)) inside = !inside;
    }
    return inside;
  }

  it("are the pixels whose centre lies inside the outline, for any polygon, also one that leaves the frame", () => {
    // No edge through the middle of a pixel: what lies exactly on it may be counted either way.
    const coordinate = fc.integer({ min: -8, max: 48 }).map((value) => value * 0.4871 + 0.137);
    const polygon = fc
      .array(coordinate, { minLength: 6, maxLength: 14 })
      .map((xy) => xy.slice(0, xy.length & ~1).map((value, index) => value + 0.0713 * (index % 2)));
    fc.assert(
      fc.property(polygon, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (xy, width, height) => {
        const expected: string[] = [];
        for (let x = 0; x < width; x++)
          for (let y = 0; y < height; y++) if (isInside(xy, x + 0.5, y + 0.5)) expected.push(`${x},${y}`);
        expect(pixelsOf(maskRle(xy, width, height))).toEqual(expected);
      }),
      { seed: 2, numRuns: 400 },
    );
  });

  it("are the square's pixels for a square", () => {
    expect(countsOf(maskRle([0, 0, 10, 0, 10, 10, 0, 10], 64, 48).counts).slice(0, 4)).toEqual([0, 10, 38, 10]);
  });

  it("come with an image a frame and an annotation a particle, numbered through", async () => {
    const coco = JSON.parse(await readFile(await exported(await recordedRun(), "coco"), "utf8"));
    expect(coco.images.map(({ id, file_name }: { id: number; file_name: string }) => [id, file_name])).toEqual([
      [1, "frame_1.tif"],
      [3, "frame_3.tif"],
    ]);
    expect(coco.annotations.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(coco.annotations[3]).toMatchObject({
      image_id: 3,
      category_id: 1,
      area: 100,
      area_nm2: 25,
      bbox: [0, 0, 10, 10],
    });
    expect(coco.info.provenance.run.id).toBe(1);
  });
});

describe("exporting", () => {
  it("goes on while the next run is recorded, and has the frames of its own run only", async () => {
    const path = await recordedRun();
    const { store } = openStore(path);
    const ended = runFrom(1, 1, { lastSeq: 3, endedAtMs: 0, endReason: "asked" });
    store.commit([await recordOf(4, undefined, [ended, runFrom(2, 4, { name: "next" })])]);
    const found = findRun([openToRead(path)], "run-1");
    const out = `${path}.csv`;
    await exportRun({ found, format: "csv", table: "frames", path: out, signal: new AbortController().signal });
    store.commit([await recordOf(5)]);
    expect((await readFile(out, "utf8")).trimEnd().split("\n")).toHaveLength(4);
  });

  it("leaves no file when it is interrupted", async () => {
    const path = await recordedRun();
    const found = findRun([openToRead(path)], "1");
    const out = `${path}.parquet`;
    const signal = AbortSignal.abort();
    expect(await exportRun({ found, format: "parquet", table: "particles", path: out, signal })).toBeNull();
    expect((await readdir(dirname(path))).filter((name) => name.includes("parquet"))).toEqual([]);
  });

  it("refuses a run that is not there, and a name that two have", async () => {
    const ledgers = [openToRead(await recordedRun()), openToRead(await recordedRun())];
    expect(() => findRun(ledgers, "heating")).toThrow(RunUnknownError);
    expect(() => findRun(ledgers, "run-1")).toThrow(/2 runs/);
    expect(findRun(ledgers.slice(1), "latest").run.id).toBe(1);
  });
});
