/** Which names are never opened, and the order of names. */
import { describe, expect, test } from "vitest";
import { compareNatural, isIgnoredName } from "../../../src/stream/source/folder/names.js";

describe("names", () => {
  test.each([
    ".frame.tif",
    "frame.tif.tmp",
    "frame.TMP",
    "f.part",
    "f.crdownload",
    "frame.tif~",
    "~$f.tif",
    "#f.tif#",
    "f.lock",
    "a.txt",
  ])("%s is ignored", (name) => expect(isIgnoredName(name)).toBe(true));

  test.each(["frame.tif", "frame.tmp.tif", "tmp", "partial.png", "locked.png", "frame", "a.dm4", "über.png"])(
    "%s is looked at",
    (name) => expect(isIgnoredName(name)).toBe(false),
  );

  test("numbers in names count as numbers", () => {
    const names = ["frame_10.tif", "frame_9.tif", "frame_2.tif", "frame_02b.tif", "frame_1.tif"];
    expect(names.sort(compareNatural)).toEqual([
      "frame_1.tif",
      "frame_2.tif",
      "frame_02b.tif",
      "frame_9.tif",
      "frame_10.tif",
    ]);
  });
});
