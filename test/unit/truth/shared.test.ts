/** The truth of real frames; it lies beside the project and is not its own. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { listImages, readSample } from "../../../src/daemon/truth/images.js";

const DATA = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));

/** Particles of the images that are asked for; decoding the largest takes seconds. */
async function countsIn(folder: string, truth: string, isAsked = (_: string) => true) {
  const { pairs, leftOut } = await listImages(`${DATA}${folder}/images`, `${DATA}${folder}/${truth}`, "auto");
  expect(leftOut).toEqual([]);
  const counts = new Map<string, number>();
  for (const pair of pairs.filter(({ image }) => isAsked(image.name))) {
    const sample = await readSample(pair);
    if ("reason" in sample) throw new Error(sample.reason);
    expect(sample.truth.kind).toBe(truth === "labels" ? "boxes" : "masks");
    counts.set(pair.image.name, sample.truth.particles.length);
  }
  return counts;
}

describe.skipIf(!existsSync(`${DATA}haadf`))("boxes of supported catalysts (../shared/data/haadf)", () => {
  it("are read, each image's own", async () => {
    const expected = { "Cu1.jpg": 274, "Pd1.jpg": 192, "Ru1.jpg": 172 };
    const counts = await countsIn("haadf", "labels", (name) => name in expected);
    expect(Object.fromEntries(counts)).toEqual(expected);
  });
});

describe.skipIf(!existsSync(`${DATA}bftem`))("masks of sintering particles (../shared/data/bftem)", () => {
  it("are read from RGBA pictures, matched by number, one particle a region", async () => {
    const counts = await countsIn("bftem", "masks");
    expect([...counts.values()]).toEqual([15, 11, 15, 16, 15, 15, 16, 12, 17, 15]);
  });
});
