/** The truth of real frames; it lies beside the project and is not its own. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { listImages, readSample } from "../../../src/daemon/truth/images.js";

const DATA = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));

async function countsIn(folder: string, truth: string) {
  const { pairs, leftOut } = await listImages(`${DATA}${folder}/images`, `${DATA}${folder}/${truth}`, "auto");
  expect(leftOut).toEqual([]);
  const counts = new Map<string, number>();
  for (const pair of pairs) {
    const sample = await readSample(pair);
    if ("reason" in sample) throw new Error(sample.reason);
    expect(sample.truth.kind).toBe(truth === "labels" ? "boxes" : "masks");
    counts.set(pair.image.name, sample.truth.particles.length);
  }
  return counts;
}

describe.skipIf(!existsSync(`${DATA}haadf`))("boxes of supported catalysts (../shared/data/haadf)", () => {
  it("are read, all of them, each image's own", async () => {
    const counts = await countsIn("haadf", "labels");
    expect(Object.fromEntries(counts)).toMatchObject({ "Cu1.jpg": 274, "Ru1.jpg": 172, "Pd_silica2.jpg": 51 });
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(1319);
  });
});

describe.skipIf(!existsSync(`${DATA}bftem`))("masks of sintering particles (../shared/data/bftem)", () => {
  it("are read from RGBA pictures, matched by number, one particle a region", async () => {
    const counts = await countsIn("bftem", "masks");
    expect([...counts.values()]).toEqual([15, 11, 15, 16, 15, 15, 16, 12, 17, 15]);
  });
});
