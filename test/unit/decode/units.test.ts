/** Units of length as programs spell them in image files. */
import { expect, test } from "vitest";
import { pixelSizeInUnit } from "../../../src/stream/decode/pixel-size.js";

test.each([
  [1, ["nm", "NM", " nm ", "nanometer", "nanometers", "nanometre", "nanometres"]],
  [
    1000,
    [
      "um",
      "\u00b5m",
      "\u03bcm",
      "\\u00B5m",
      "&#181;m",
      "\u00c2\u00b5m",
      "micron",
      "microns",
      "Micrometers",
      "micrometres",
    ],
  ],
  [0.1, ["A", "\u00c5", "\u212b", "Angstrom", "angstroms"]],
  [0.001, ["pm", "picometers"]],
])("a pixel of one unit is %d nm in any of %j", (nm, units) => {
  for (const unit of units) expect(pixelSizeInUnit(1, unit), unit).toBe(nm);
});

test.each(["meters", "metre", "m"])("a pixel of 1e-9 %s is 1 nm", (unit) => {
  expect(pixelSizeInUnit(1e-9, unit)).toBeCloseTo(1, 12);
});

test.each(["", "1/nm", "1 / nm", "nm^-1", "1/\u00c5", "pixel", "s", "eV", "mrad", "unknown"])(
  "%j is no length",
  (unit) => {
    expect(pixelSizeInUnit(1, unit)).toBeNull();
  },
);
