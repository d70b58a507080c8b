/** Files of real microscopes, where ../shared/data has them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bytesSource } from "../../../src/stream/decode/byte-source.js";
import { decodeImage, inspectImage } from "../../../src/stream/decode/resolve.js";

const DATA = join(import.meta.dirname, "../../../../shared/data");
const isMissing = !existsSync(DATA);

interface Expected {
  readonly datasets: readonly {
    readonly shape: readonly number[];
    readonly axes: readonly { readonly scale: number; readonly units: string }[];
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly first5: readonly number[];
  }[];
}

function imagesIn(folder: string): readonly string[] {
  if (isMissing) return [`${folder} (skipped: ../shared/data is not here)`];
  return readdirSync(join(DATA, folder)).map((name) => join(folder, name));
}

const read = (path: string) => new Uint8Array(readFileSync(join(DATA, path)));

describe.skipIf(isMissing)("TIFFs of ImageJ and DigitalMicrograph", () => {
  test.each(["imageJ", "DM"])("%s: values and pixel size as RosettaSciIO reads them", async (program) => {
    const name = `tiff_test_loading_image_saved_with_${program}.tif`;
    const all = JSON.parse(readFileSync(join(DATA, "formats/expected.json"), "utf8")) as Record<string, Expected>;
    const expected = all[name]?.datasets[0];
    const frame = await decodeImage(read(`formats/${name}`));
    expect([frame.heightPx, frame.widthPx]).toEqual(expected?.shape);
    expect([...frame.pixels.slice(0, 5)]).toEqual(expected?.first5);
    const values = [...frame.pixels];
    expect([Math.min(...values), Math.max(...values)]).toEqual([expected?.min, expected?.max]);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(expected?.mean ?? Number.NaN, 6);
    // RosettaSciIO states micrometres.
    expect(frame.pixelSizeNm).toBeCloseTo(1000 * (expected?.axes[1]?.scale ?? Number.NaN), 3);
  });
});

describe.skipIf(isMissing)("frames of real experiments", () => {
  test.each(imagesIn("bftem/images"))("%s: RGBA that is grey", async (path) => {
    const bytes = read(path);
    expect(await inspectImage(bytesSource(bytes))).toEqual({ state: "complete", pages: 1, doubt: null });
    const frame = await decodeImage(bytes);
    expect([frame.widthPx, frame.heightPx, frame.pixels.BYTES_PER_ELEMENT]).toEqual([512, 512, 1]);
    expect(new Set(frame.pixels).size).toBeGreaterThan(50);
  });

  test.each(imagesIn("haadf/images"))("%s: grey JPEG", async (path) => {
    const bytes = read(path);
    expect(await inspectImage(bytesSource(bytes))).toEqual({ state: "complete", pages: 1, doubt: null });
    const frame = await decodeImage(bytes);
    expect(frame.pixels).toHaveLength(frame.widthPx * frame.heightPx);
    expect(frame.pixelSizeNm).toBeNull();
    expect(new Set(frame.pixels).size).toBeGreaterThan(50);
  });
});
