/** Memory of dropped frames, which is filled again. */
import { describe, expect, it } from "vitest";
import { PixelMemory } from "../../../src/stream/ingest/pixel-memory.js";

describe("the memory of dropped frames", () => {
  it("is given again for a frame of the same size, and to one at a time", () => {
    const memory = new PixelMemory();
    const first = memory.take(1_000);
    memory.giveBack(first);
    expect(memory.take(1_000)).toBe(first);
    expect(memory.take(1_000)).not.toBe(first);
  });

  it("is let go when frames of another size come", () => {
    const memory = new PixelMemory();
    const small = memory.take(1_000);
    memory.giveBack(small);
    const large = memory.take(2_000);
    expect(large).toHaveLength(2_000);
    memory.giveBack(large);
    expect(memory.take(1_000)).not.toBe(small);
    expect(memory.take(2_000)).toBe(large);
  });

  it("keeps no more than 64 MiB", () => {
    const memory = new PixelMemory();
    const size = 33_554_432;
    const buffers = Array.from({ length: 3 }, () => memory.take(size));
    for (const buffer of buffers) memory.giveBack(buffer);
    const again = new Set(Array.from({ length: 3 }, () => memory.take(size)));
    expect(buffers.filter((buffer) => again.has(buffer))).toHaveLength(2);
  });
});
