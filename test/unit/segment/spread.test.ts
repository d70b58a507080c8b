import { describe, expect, it } from "vitest";
import { FRAME_ALONE } from "../../../src/daemon/analysis/display-range.js";
import { toGreyImage } from "../../../src/daemon/analysis/intensity.js";
import { spreadOut } from "../../../src/daemon/segment/spread.js";
import { createThresholdSegmenter } from "../../../src/daemon/segment/threshold.js";
import { DEFAULT_SETTINGS } from "../../../src/stream/base/settings.js";
import { noiseFreeSpheres } from "../../support/simulated-frames.js";

const { frame } = noiseFreeSpheres();
const sixteenBit = { ...frame, pixels: Uint16Array.from(frame.pixels, (level) => 500 + 20 * level) };

describe("spreadOut", () => {
  it("leaves an 8-bit image and one that fits the grey scale as they are", () => {
    const eightBit = toGreyImage(frame).grey;
    expect(spreadOut(eightBit)).toBe(eightBit);
    const alone = toGreyImage(sixteenBit).grey;
    expect(spreadOut(alone)).toBe(alone);
  });

  it.each([
    { low: 0, high: 4000 },
    { low: 5000, high: 9000 },
    { low: 0, high: 65_535 },
    { low: 4700, high: 4900 },
  ])(
    "lets the threshold find in a frame what it finds in it alone, where the stream has $low..$high",
    async (stream) => {
      const segmenter = createThresholdSegmenter();
      const boxes = async (range: typeof stream | null) => {
        const { grey } = toGreyImage(sixteenBit, { ...FRAME_ALONE, stream: range });
        const [found] = await segmenter.segment([grey], DEFAULT_SETTINGS);
        return found?.map(({ box }) => box);
      };
      const alone = await boxes(null);
      expect(alone).toHaveLength(24);
      expect(await boxes(stream)).toEqual(alone);
    },
  );
});
