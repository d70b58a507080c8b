import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startCli } from "../../support/cli-process.js";
import { startDaemon } from "../../support/daemon.js";
import { QUICK_FLAGS, smallFrames } from "../../support/small-frames.js";
import { connectClient } from "../../support/stream-client.js";

const SCRIPT = fileURLToPath(new URL("./read_exports.py", import.meta.url));
const { OSTWALD_PYTHON: PYTHON = "python3" } = process.env;
const FRAMES = 12;

/** Which of the programs this machine's Python has; `OSTWALD_PYTHON` names another Python. */
function has(module: string): boolean {
  try {
    execFileSync(PYTHON, ["-c", `import ${module}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const figures = z.object({ rows: z.number(), ecdNm: z.number() });
const seenSchema = z.object({
  pandas: figures
    .extend({
      columns: z.array(z.string()),
      types: z.record(z.string(), z.string()),
      csvEcdNm: z.number(),
      sameColumns: z.boolean(),
      frames: z.number(),
      run: z.string(),
    })
    .nullable(),
  duckdb: figures.extend({ rejected: z.number() }).nullable(),
  polars: figures.nullable(),
  pycocotools: z.object({ images: z.number(), pixels: z.array(z.number()), areas: z.array(z.number()) }).nullable(),
});

describe("a run that the built daemon has recorded and the built command has exported", () => {
  let home = "";
  let particles = 0;
  let ecdNm = 0;
  let seen: z.infer<typeof seenSchema>;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "ostwald-export-"));
    const ledger = join(home, "run.ledger");
    const frames = await smallFrames(join(home, "frames"), FRAMES);
    const daemon = await startDaemon([...QUICK_FLAGS, "--ledger", ledger, "--keep-outlines"], frames);
    const client = await connectClient(daemon.url, "msgpack");
    const events = await client.untilEvents(FRAMES);
    client.close();
    particles = events.reduce((sum, event) => sum + (event.op === "frame" ? event.statistics.count : 0), 0);
    const out = async (name: string, ...flags: readonly string[]) => {
      const path = join(home, name);
      // While the daemon still records.
      const run = startCli(["export", "latest", "--ledger", ledger, "--out", path, ...flags]);
      expect([await run.ended, run.err()]).toEqual([0, `run-1: ${FRAMES} frames in ${path}\n`]);
      return path;
    };
    const paths = [
      await out("particles.parquet", "--format", "parquet"),
      await out("frames.parquet", "--format", "parquet", "--table", "frames"),
      await out("particles.csv", "--format", "csv"),
      await out("masks.json", "--format", "coco"),
    ];
    await daemon.stop();
    const listed = startCli(["runs", "--ledger", ledger, "--json"]);
    await listed.ended;
    const [{ runs }] = JSON.parse(listed.out());
    expect(runs).toMatchObject([{ id: 1, committed: FRAMES, particles, endReason: "stopped" }]);
    seen = has("json")
      ? seenSchema.parse(JSON.parse(execFileSync(PYTHON, [SCRIPT, ...paths], { encoding: "utf8" })))
      : seenSchema.parse({ pandas: null, duckdb: null, polars: null, pycocotools: null });
    ecdNm = seen.pandas?.ecdNm ?? 0;
  }, 120_000);
  afterAll(() => rm(home, { recursive: true, force: true }));

  it.runIf(has("pandas") && has("pyarrow"))("opens in pandas, with the right types and its provenance", () => {
    expect(seen.pandas).toMatchObject({ rows: particles, frames: FRAMES, sameColumns: true, run: "run-1" });
    expect(seen.pandas?.types).toMatchObject({ seq: "int64", ecd_nm: "float64", touches_border: "bool" });
    expect(seen.pandas?.csvEcdNm).toBeCloseTo(ecdNm, 6);
  });

  it.runIf(has("duckdb"))("opens in DuckDB", () => {
    expect(seen.duckdb).toMatchObject({ rows: particles, rejected: 0 });
    if (seen.pandas !== null) expect(seen.duckdb?.ecdNm).toBeCloseTo(ecdNm, 6);
  });

  it.runIf(has("polars"))("opens in polars", () => {
    expect(seen.polars).toMatchObject({ rows: particles });
  });

  it.runIf(has("pycocotools"))("opens in pycocotools, a mask a particle, as large as the outline's area", () => {
    expect(seen.pycocotools?.images).toBe(FRAMES);
    expect(seen.pycocotools?.pixels).toHaveLength(particles);
    for (const [index, area] of (seen.pycocotools?.areas ?? []).entries()) {
      // A disc of this many pixels has its area to a few pixels of its rim.
      expect(Math.abs((seen.pycocotools?.pixels[index] ?? 0) - area)).toBeLessThan(2 + 0.1 * area);
    }
  });
});
