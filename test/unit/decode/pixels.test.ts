/** Bare samples that came over a socket, as frames. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameRejectedError } from "../../../src/stream/base/frame.js";
import type { PixelSizeNm, UnixMs } from "../../../src/stream/base/units.js";
import { frameFromPixels } from "../../../src/stream/decode/pixels.js";
import type { PixelsPayload, PixelType } from "../../../src/stream/source/source.js";
import { PIXEL_TYPES } from "../../../src/stream/source/source.js";

const WRITE: Readonly<Record<PixelType, (view: DataView, at: number, value: number, little: boolean) => void>> = {
  u8: (view, at, value) => view.setUint8(at, value),
  i8: (view, at, value) => view.setInt8(at, value),
  u16: (view, at, value, little) => view.setUint16(at, value, little),
  i16: (view, at, value, little) => view.setInt16(at, value, little),
  u32: (view, at, value, little) => view.setUint32(at, value, little),
  i32: (view, at, value, little) => view.setInt32(at, value, little),
  f32: (view, at, value, little) => view.setFloat32(at, value, little),
};
const SAMPLE_BYTES = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4 } as const;

function payloadOf(fields: Partial<PixelsPayload> & Pick<PixelsPayload, "bytes">): PixelsPayload {
  return {
    kind: "pixels",
    widthPx: 2,
    heightPx: 1,
    type: "u8",
    byteOrder: "little",
    pixelSizeNm: null,
    acquiredAtMs: null,
    exposureMs: null,
    ...fields,
  };
}

const reasonOf = (payload: PixelsPayload) => {
  try {
    frameFromPixels(payload);
    return null;
  } catch (error) {
    if (error instanceof FrameRejectedError) return error.reason;
    throw error;
  }
};

describe("samples from a socket", () => {
  it.each([
    ["u16", 0xffff, [7, 0xfffe]],
    ["u32", 0xffff_ffff, [7, 0xff00_0000]],
  ] as const)("of %s that measured nothing are not numbers; all others keep their values", (type, noData, values) => {
    const size = SAMPLE_BYTES[type];
    const bytes = new Uint8Array(3 * size);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of [values[0], noData, values[1]].entries()) WRITE[type](view, i * size, value, true);
    const masked = payloadOf({ type, bytes: bytes.slice(), widthPx: 3, noData });
    expect([...frameFromPixels(masked).pixels]).toEqual([values[0], Number.NaN, values[1]]);
    expect(frameFromPixels(payloadOf({ type, bytes: bytes.slice(0, size), widthPx: 1, noData })).pixels).toEqual(
      type === "u16" ? Uint16Array.of(7) : Float32Array.of(7),
    );
  });

  it("keep their values, whatever their type, byte order and place in memory", () => {
    const samples = fc.record({
      type: fc.constantFrom(...PIXEL_TYPES),
      byteOrder: fc.constantFrom("little" as const, "big" as const),
      values: fc.array(fc.integer({ min: 0, max: 127 }), { minLength: 1, maxLength: 24 }),
      isNegative: fc.boolean(),
      offset: fc.nat(7),
    });
    fc.assert(
      fc.property(samples, ({ type, byteOrder, values, isNegative, offset }) => {
        const numbers = isNegative && !type.startsWith("u") ? values.map((value) => -value) : values;
        const bytes = new Uint8Array(offset + numbers.length * SAMPLE_BYTES[type]).subarray(offset);
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        for (const [i, value] of numbers.entries())
          WRITE[type](view, i * SAMPLE_BYTES[type], value, byteOrder === "little");
        const frame = frameFromPixels(payloadOf({ widthPx: numbers.length, type, byteOrder, bytes }));
        // -0 and 0 are the same grey.
        expect([...frame.pixels].map((value) => value + 0)).toEqual(numbers.map((value) => value + 0));
        const kept: Partial<Record<PixelType, string>> = { u8: "Uint8Array", u16: "Uint16Array", i16: "Int16Array" };
        expect(frame.pixels.constructor.name).toBe(kept[type] ?? "Float32Array");
      }),
      { seed: 5 },
    );
  });

  it("are not copied where they can stay", () => {
    const bytes = new Uint8Array([1, 0, 2, 0]);
    expect(frameFromPixels(payloadOf({ type: "u16", bytes })).pixels.buffer).toBe(bytes.buffer);
  });

  it("carry what their sender states, and nothing that cannot be", () => {
    const stated = { pixelSizeNm: 0.4 as PixelSizeNm, acquiredAtMs: 1_700_000_000_000 as UnixMs, exposureMs: 100 };
    expect(frameFromPixels(payloadOf({ bytes: new Uint8Array(2), ...stated }))).toMatchObject(stated);
    const impossible = { pixelSizeNm: -1 as PixelSizeNm, acquiredAtMs: 12 as UnixMs, exposureMs: Number.NaN };
    const nothing = { pixelSizeNm: null, acquiredAtMs: null, exposureMs: null };
    expect(frameFromPixels(payloadOf({ bytes: new Uint8Array(2), ...impossible }))).toMatchObject(nothing);
  });

  it("are refused where there are more or fewer than promised, and where no frame can be so large", () => {
    expect(reasonOf(payloadOf({ bytes: new Uint8Array(3) }))).toBe("corrupt");
    expect(reasonOf(payloadOf({ bytes: new Uint8Array(2), type: "u16" }))).toBe("corrupt");
    expect(reasonOf(payloadOf({ bytes: new Uint8Array(0), widthPx: 0 }))).toBe("corrupt");
    expect(reasonOf(payloadOf({ bytes: new Uint8Array(2), widthPx: 1_000_000 }))).toBe("too-large");
  });
});
