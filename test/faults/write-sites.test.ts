/**
 * No room and a disk with errors at every place where a command writes: it says so with exit code 2, leaves nothing half-written, and what
 * stood there before is unharmed. (The ledger's own writes are in bench/scenarios/system.ts.)
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLedgerFile } from "../../src/daemon/ledger/open.js";
import { LedgerStore } from "../../src/daemon/ledger/store.js";
import { startCli } from "../support/cli-process.js";
import { emptyFolder } from "../support/folder.js";
import { OPENED_AT_MS, recordsTo } from "../support/ledger.js";
import { smallFrames } from "../support/small-frames.js";
import { Shim, shimMissing } from "./bench/shim.js";

const OLD = "what stood there before\n";

interface Site {
  readonly name: string;
  /** The file or folder, within `out`, that cannot be written. */
  readonly target: string;
  readonly args: (out: string, ledger: string, frames: string) => readonly string[];
}

const exported = (format: string): Site => ({
  name: `export --format ${format}`,
  target: `run.${format}`,
  args: (out, ledger) => ["export", "1", "--ledger", ledger, "--format", format, "--out", join(out, `run.${format}`)],
});

const SITES: readonly Site[] = [
  exported("parquet"),
  exported("csv"),
  exported("json"),
  exported("coco"),
  {
    name: "analyze",
    target: "results.csv",
    args: (out, _ledger, frames) => ["analyze", frames, "--segmenter", "threshold", "--out", join(out, "results.csv")],
  },
  {
    name: "simulate",
    target: "frame_",
    args: (out) => ["simulate", "--into", out, "--frames", "3", "--no-truth", "--edge-px", "96", "--particles", "2"],
  },
];

describe.runIf(shimMissing() === null)("a place that cannot be written", () => {
  let home = "";
  let ledger = "";
  let frames = "";
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "ostwald-sites-"));
    ledger = join(home, "record.ledger");
    const opened = openLedgerFile({ path: ledger, epoch: "sites", nowMs: OPENED_AT_MS, events: 1 });
    new LedgerStore(opened.database).commit(await recordsTo(50));
    opened.close();
    frames = await smallFrames(join(home, "frames"), 2);
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  it.each(SITES.flatMap((site) => (["ENOSPC", "EIO"] as const).map((errno) => [site.name, errno, site] as const)))(
    "%s under %s: exit code 2, the reason, no remains",
    async (_name, errno, site) => {
      const home = await emptyFolder();
      const out = join(home, "out");
      await mkdir(out);
      const isFile = site.target.includes(".");
      if (isFile) await writeFile(join(out, site.target), OLD);
      const shim = new Shim(home);
      shim.failWrites(errno, join(out, isFile ? `.${site.target}` : site.target));
      const command = startCli(site.args(out, ledger, frames), shim.env);
      const code = await command.ended;
      expect({ code, failures: shim.failures > 0 }).toEqual({ code: 2, failures: true });
      expect(command.err()).toMatch(new RegExp(errno));
      expect(await readdir(out)).toEqual(isFile ? [site.target] : []);
      if (isFile) expect(await readFile(join(out, site.target), "utf8")).toBe(OLD);
      shim.mendWrites();
      const again = startCli(site.args(out, ledger, frames), shim.env);
      expect(await again.ended, again.err()).toBe(0);
      expect((await readdir(out)).length).toBeGreaterThan(0);
      shim.close();
    },
    60_000,
  );
});
