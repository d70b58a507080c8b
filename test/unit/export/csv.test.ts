import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCsvWriter, csvHeaders, csvLine } from "../../../src/daemon/export/csv.js";
import { analysisWith } from "../../support/cli-frames.js";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "ostwald-csv-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** The cells of a CSV text, by RFC 4180. */
function readCsv(text: string): string[][] {
  const cells = /(?:"((?:[^"]|"")*)"|([^,\n"]*))(,|\n)/gy;
  const rows: string[][] = [[]];
  for (let match = cells.exec(text); match !== null; match = cells.exec(text)) {
    const [, quoted, plain, end] = match;
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

async function recordsOf(path: string): Promise<Readonly<Record<string, string>>[]> {
  const [headers = [], ...rows] = readCsv(await readFile(path, "utf8"));
  return rows.map((row) => Object.fromEntries(headers.map((header, i) => [header, row[i] ?? ""])));
}

describe("csvHeaders", () => {
  it("names every column with its unit", () => {
    expect(csvHeaders("px").join(" ")).toBe(
      "file page frame_width_px frame_height_px pixel_size_nm background_snr noise_sigma nlm_h id centroid_x_px centroid_y_px area_px2 ecd_px perimeter_px " +
        "feret_max_px feret_min_px aspect_ratio circularity solidity orientation_rad boundary_area_ratio_per_px " +
        "mean_intensity score touches_border",
    );
  });

  it("turns lengths, areas and reciprocal lengths to nm, but not positions", () => {
    const inNm = csvHeaders("nm").filter((header) => !csvHeaders("px").includes(header));
    expect(inNm).toEqual([
      "area_nm2",
      "ecd_nm",
      "perimeter_nm",
      "feret_max_nm",
      "feret_min_nm",
      "boundary_area_ratio_per_nm",
    ]);
  });
});

describe("csvLine", () => {
  it("quotes what would break a table", () => {
    expect(csvLine(["plain", 'a "b", c', "two\nlines", 1.5, null])).toBe('plain,"a ""b"", c","two\nlines",1.5,\n');
  });

  it("is read back as written, whatever the text", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }), (cells) => {
        const text = cells.map((cell) => cell.replaceAll("\r", ""));
        expect(readCsv(csvLine(text))).toEqual([text]);
      }),
      { seed: 2 },
    );
  });
});

describe("createCsvWriter", () => {
  it("writes one row a particle in nm when every pixel size is known", async () => {
    const path = join(dir, "sizes.csv");
    const writer = await createCsvWriter(path);
    await writer.frame({ file: "a.tif", page: 0, analysis: analysisWith(2, 0.5) });
    await writer.frame({ file: "a.tif", page: 1, analysis: analysisWith(1, 2) });
    await writer.finish();
    const records = await recordsOf(path);
    expect(records).toHaveLength(3);
    expect(records[0]).toMatchObject({
      file: "a.tif",
      page: "0",
      pixel_size_nm: "0.5",
      area_nm2: "25",
      ecd_nm: "5.641896",
      boundary_area_ratio_per_nm: "0.8",
      centroid_x_px: "10.5",
      score: "0.9",
      touches_border: "0",
    });
    expect(records[2]).toMatchObject({ page: "1", area_nm2: "400", boundary_area_ratio_per_nm: "0.2" });
  });

  it("writes px for all frames as soon as one pixel size is not known", async () => {
    const path = join(dir, "mixed.csv");
    const writer = await createCsvWriter(path);
    await writer.frame({ file: "a.tif", page: 0, analysis: analysisWith(1, 0.5) });
    await writer.frame({ file: "b.png", page: 0, analysis: analysisWith(1, null) });
    await writer.frame({ file: "c.tif", page: 0, analysis: analysisWith(1, 0.5) });
    await writer.finish();
    const records = await recordsOf(path);
    expect(records.map(({ ecd_px }) => ecd_px)).toEqual(["11.28379", "11.28379", "11.28379"]);
    expect(records.map(({ pixel_size_nm }) => pixel_size_nm)).toEqual(["0.5", "", "0.5"]);
    expect(Object.keys(records[0] ?? {})).not.toContain("ecd_nm");
  });

  it("writes headers alone when there is no particle", async () => {
    const path = join(dir, "none.csv");
    const writer = await createCsvWriter(path);
    await writer.frame({ file: "a.tif", page: 0, analysis: analysisWith(0, null) });
    await writer.finish();
    expect(await readFile(path, "utf8")).toBe(`${csvHeaders("px").join(",")}\n`);
  });

  it("leaves a cell empty where a value is not finite", async () => {
    const path = join(dir, "nan.csv");
    const analysis = analysisWith(1, null);
    analysis.particles.circularity[0] = Number.NaN;
    const writer = await createCsvWriter(path);
    await writer.frame({ file: "a.tif", page: 0, analysis });
    await writer.finish();
    expect(await recordsOf(path)).toMatchObject([{ circularity: "", score: "0.9" }]);
  });

  it("shows nothing under its name before it is whole, and leaves nothing else behind", async () => {
    const path = join(dir, "sizes.csv");
    await writeFile(path, "old");
    const writer = await createCsvWriter(path);
    await writer.frame({ file: "a.tif", page: 0, analysis: analysisWith(1, null) });
    expect(await readFile(path, "utf8")).toBe("old");
    await writer.finish();
    expect(await readFile(path, "utf8")).not.toBe("old");
    expect(await readdir(dir)).toEqual(["sizes.csv"]);
  });

  it("leaves no trace when it is discarded", async () => {
    const writer = await createCsvWriter(join(dir, "sizes.csv"));
    await writer.frame({ file: "a.tif", page: 0, analysis: analysisWith(1, 1) });
    await writer.discard();
    expect(await readdir(dir)).toEqual([]);
  });

  it("refuses a folder that does not exist, by name", async () => {
    await expect(createCsvWriter(join(dir, "absent", "sizes.csv"))).rejects.toMatchObject({
      tag: "Output",
      received: expect.stringContaining("sizes.csv"),
    });
  });
});
