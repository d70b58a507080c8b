import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { UnixMs } from "../../../src/stream/base/units.js";
import { frameKey } from "../../../src/stream/source/folder/fingerprint.js";
import { parseFrameKey } from "../../../src/stream/source/folder/frame-key.js";
import { seriesPrefix } from "../../../src/stream/source/folder/series.js";

const mark = { offset: 0, length: 8, hash: "00ff00ff00ff00ff", isTelling: true };

describe("the key of a frame", () => {
  it("is read back, whatever the file is called", () => {
    const cases = fc.record({
      path: fc.oneof(fc.string({ minLength: 1 }), fc.constant("a?1-2-3#4/b~ff#0")),
      inode: fc.nat(),
      sizeBytes: fc.nat(),
      modifiedAtMs: fc.double({ min: 0, max: 4e12, noNaN: true }).map((ms) => Math.round(ms * 1000) / 1000),
      page: fc.nat(),
    });
    fc.assert(
      fc.property(cases, ({ path, page, inode, sizeBytes, modifiedAtMs }) => {
        fc.pre(!String(modifiedAtMs).includes("e"));
        const fingerprint = { inode, sizeBytes, modifiedAtMs: modifiedAtMs as UnixMs };
        const content = { sizeBytes, modifiedAtMs };
        expect(parseFrameKey(frameKey(path, fingerprint, page))).toEqual({ path, page, content, markHash: null });
        const marked = { path, page, content, markHash: mark.hash };
        expect(parseFrameKey(frameKey(path, fingerprint, page, mark))).toEqual(marked);
        const series = { path, page, content: null, markHash: mark.hash };
        expect(parseFrameKey(`${seriesPrefix(path, inode, mark)}${page}`)).toEqual(series);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it("of another kind of source is none", () => {
    expect(["", "frame 7", "acquisition-3/000017", "movie.tif?7#0"].map(parseFrameKey)).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});
