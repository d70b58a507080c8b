import { describe, expect, it } from "vitest";
import { renderPreview } from "../../../src/daemon/analysis/preview.js";

describe("a preview", () => {
  it("of an image that fits is the image, in memory of its own", () => {
    const levels = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const preview = renderPreview({ widthPx: 3, heightPx: 2, levels }, 3);
    expect(preview).toEqual({ widthPx: 3, heightPx: 2, framePxPerPreviewPx: 1, pixels: levels });
    expect(preview.pixels.buffer).not.toBe(levels.buffer);
  });

  it("one pixel past the limit shrinks by two, and the last column and row average what there is", () => {
    const levels = Uint8Array.of(10, 20, 90, 30, 40, 110, 7, 8, 255);
    expect(renderPreview({ widthPx: 3, heightPx: 3, levels }, 2)).toEqual({
      widthPx: 2,
      heightPx: 2,
      framePxPerPreviewPx: 2,
      pixels: Uint8Array.of(25, 100, 8, 255),
    });
  });

  it("of float levels is rounded and clipped to 0..255", () => {
    const levels = Float32Array.of(-40, 0.49, 0.5, 254.5, 300, 1e6);
    expect([...renderPreview({ widthPx: 6, heightPx: 1, levels }, 10).pixels]).toEqual([0, 0, 1, 255, 255, 255]);
  });

  it.each([
    { widthPx: 4096, heightPx: 3, maxEdgePx: 1024, expected: [1024, 1, 4] },
    { widthPx: 3, heightPx: 1025, maxEdgePx: 1024, expected: [2, 513, 2] },
    { widthPx: 1, heightPx: 1, maxEdgePx: 1, expected: [1, 1, 1] },
    { widthPx: 9, heightPx: 5, maxEdgePx: 1, expected: [1, 1, 9] },
  ])(
    "of $widthPx x $heightPx px within $maxEdgePx px keeps to the limit",
    ({ widthPx, heightPx, maxEdgePx, expected }) => {
      const levels = new Uint8Array(widthPx * heightPx).fill(77);
      const preview = renderPreview({ widthPx, heightPx, levels }, maxEdgePx);
      expect([preview.widthPx, preview.heightPx, preview.framePxPerPreviewPx]).toEqual(expected);
      expect(preview.pixels).toHaveLength(preview.widthPx * preview.heightPx);
      expect(preview.pixels.every((level) => level === 77)).toBe(true);
    },
  );
});
