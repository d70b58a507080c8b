import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type ModelManifest, readManifest } from "../../../src/daemon/segment/manifest.js";
import { firstZoom, secondZoom } from "../../../src/daemon/segment/zoom.js";
import { discFrame, discGrid } from "../../support/segment.js";

const SHIPPED = fileURLToPath(new URL("../../../models/manifest.json", import.meta.url));

let manifest: ModelManifest;
beforeAll(async () => {
  const shipped = await readManifest(SHIPPED);
  manifest = { ...shipped, tiles: { ...shipped.tiles, longestEdgePx: 2048, particlePx: [10, 160] } };
});

const evenFrame = (edgePx: number) =>
  discFrame({ widthPx: edgePx, heightPx: edgePx / 2, discs: discGrid(4, 2, edgePx / 4, edgePx / 20) });
const same = (diameterPx: number, count = 5) => new Array<number>(count).fill(diameterPx);

describe("the first look", () => {
  it("is at the frame's own scale up to the longest edge, and shrinks what is longer to it", () => {
    expect(firstZoom(evenFrame(512), manifest)).toBe(1);
    expect(firstZoom(evenFrame(2048), manifest)).toBe(1);
    expect(firstZoom(evenFrame(4096), manifest)).toBe(0.5);
  });
});

describe("the second look", () => {
  const look = (zoom: number, edgePx = 512) => ({ image: evenFrame(edgePx), zoom });

  it("is not taken where particles have a size the model knows, or are too few to say", () => {
    expect(secondZoom(same(10), look(1), manifest)).toBeNull();
    expect(secondZoom(same(160), look(1), manifest)).toBeNull();
    expect(secondZoom(same(5, 2), look(1), manifest)).toBeNull();
    expect(secondZoom([], look(1), manifest)).toBeNull();
  });

  it("brings the median to the middle of what the model knows", () => {
    expect(secondZoom(same(400), look(1), manifest)).toBeCloseTo(40 / 400, 12);
    expect(secondZoom([1, 2, 400, 400, 1000], look(1), manifest)).toBeCloseTo(40 / 400, 12);
  });

  it("enlarges small frames of small particles twice, and large ones to their own scale at most", () => {
    expect(secondZoom(same(8), look(1), manifest)).toBe(2);
    expect(secondZoom(same(14), look(0.5, 4096), manifest)).toBe(1);
    expect(secondZoom(same(60), look(0.1, 4096), manifest)).toBeCloseTo(40 / 60, 12);
  });

  it("is not taken where it would hardly differ", () => {
    expect(secondZoom(same(4), look(2), manifest)).toBeNull();
    expect(secondZoom(same(9), look(1, 2048), manifest)).toBeNull();
  });
});
