/** `ostwald reproduce` as a user runs it, on few frames. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCli } from "../support/cli-process.js";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "ostwald-reproduce-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function reproduced(...args: readonly string[]) {
  const cli = startCli(["reproduce", "--data", join(dir, "absent"), "--frames", "1", ...args]);
  return { exitCode: await cli.ended, out: cli.out(), err: cli.err() };
}

describe("ostwald reproduce", () => {
  it("tells the paper's value beside ours, as table, JSON and page, and what it had to skip", async () => {
    const [json, html] = [join(dir, "table.json"), join(dir, "table.html")];
    const files = ["--json", json, "--html", html];
    const methods = ["--method", "threshold", "threshold+nlm", "--gpu", "off"];
    const { exitCode, out, err } = await reproduced(...methods, "--only", "fig-3b", "reach-bftem", ...files);
    expect(exitCode).toBe(0);
    expect(err).toMatch(/^SKIPPED real sintering particles.*absent\/bftem is not there$/m);
    expect(out).toMatch(/fig-3b .*Otsu +17 found, masks too small, some broken in two +reported +24 \/ 24/);
    expect(out).toMatch(/^spheres of 50 px, SNR 14\.5497 +Otsu, NLM +24 \/ 24 /m);
    expect(out).toMatch(/reach-bftem .*SKIPPED/);
    expect(out).toMatch(/^0 pass, 0 fail, 1 skipped, 1 reported without a goal$/m);
    const { rows, cases, provenance } = JSON.parse(await readFile(json, "utf8"));
    expect(provenance).toMatchObject({ frames: 1, seed: 7001, model: null, computedBy: "Otsu" });
    expect(rows[0]).toMatchObject({ id: "fig-3b", method: "threshold", verdict: "reported", score: { truth: 24 } });
    // The paper's threshold cuts the rims of spheres: masks too small.
    expect(rows[0].score.ecdBias).toBeLessThan(-0.03);
    expect(cases.map((one: { case: string }) => one.case)).toEqual(["spheres-50/snr-14.5497", "bftem"]);
    const page = await readFile(html, "utf8");
    expect(page.match(/data:image\/png;base64,/g)).toHaveLength(5);
    expect(page.match(/<svg class="chart"/g)).toHaveLength(2);
    const withoutPictures = page.replaceAll(/base64,[^"]*/g, "");
    expect(withoutPictures.match(/<script|src=|NaN/)).toBeNull();
  });

  it("exits with 3 exactly when a row fails", async () => {
    const json = join(dir, "verdict.json");
    const only = ["--method", "mask-rcnn", "--only", "fig-3a", "fig-4-cubes"];
    const { exitCode } = await reproduced(...only, "--json", json);
    const { rows, provenance } = JSON.parse(await readFile(json, "utf8"));
    const verdicts: readonly string[] = rows.map(({ verdict }: { verdict: string }) => verdict);
    expect(verdicts).toHaveLength(2);
    expect(exitCode).toBe(verdicts.includes("fail") ? 3 : 0);
    expect(provenance.model.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    [["--only", "fig-9"], "--only fig-9", "fig-3a"],
    [["--method", "u-net"], "--method u-net", "mask-rcnn+nlm"],
    [["--only", "fig-6", "--method", "threshold"], "nothing in common", "fig-3a"],
    [["--frames", "0"], "--frames 0", "an integer, 1..10000"],
  ])("refuses %j with exit code 2", async (args, received, expected) => {
    const { exitCode, out, err } = await reproduced(...args);
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toContain(received);
    expect(err).toContain(expected);
  });
});
