/** What holds on real frames nobody trained on; they lie beside the project and are not its own. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { particlePolarity } from "../../src/daemon/segment/polarity.js";
import { hasUnevenSupport } from "../../src/daemon/segment/support.js";
import type { GreyImage } from "../../src/stream/base/frame.js";
import { decodeImage } from "../../src/stream/decode/resolve.js";

const DATA = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

async function greyOf(path: string): Promise<GreyImage> {
  const { widthPx, heightPx, pixels } = await decodeImage(readFileSync(path));
  if (!(pixels instanceof Uint8Array)) throw new Error(`${path} is not an 8-bit image`);
  return { widthPx, heightPx, levels: pixels };
}

function framesIn(folder: string): readonly (readonly [string, string])[] {
  const path = `${DATA}${folder}/images`;
  return existsSync(path) ? readdirSync(path).map((name) => [name, `${path}/${name}`] as const) : [];
}

describe.skipIf(!existsSync(`${DATA}haadf`))("catalysts on supports (../shared/data/haadf)", () => {
  it.each(framesIn("haadf"))(
    "%s: an uneven support, dark particles in the bright-field frame only",
    async (name, path) => {
      const image = await greyOf(path);
      expect(particlePolarity(image, "auto")).toBe(name === "PtCo1.jpg" ? "dark" : "bright");
      expect(hasUnevenSupport(image)).toBe(true);
    },
  );
});

describe.skipIf(!existsSync(`${DATA}bftem`))("in-situ bright field (../shared/data/bftem)", () => {
  it.each(framesIn("bftem"))("%s: an even support, dark particles", async (_, path) => {
    const image = await greyOf(path);
    expect(particlePolarity(image, "auto")).toBe("dark");
    expect(hasUnevenSupport(image)).toBe(false);
  });
});
