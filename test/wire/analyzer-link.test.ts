import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { frameMessage, MessageReader, openLink } from "../../src/daemon/analyzer/link.js";
import { unpackValue } from "../../src/stream/protocol/codec.js";

const bytesOf = (message: unknown) => Buffer.concat(frameMessage(message));

/** What a reader makes of chunks. */
function readAll(chunks: readonly Uint8Array[]): readonly unknown[] {
  const reader = new MessageReader();
  return chunks.flatMap((chunk) => [...reader.read(chunk)].map(unpackValue));
}

describe("the link between daemon and analyzer", () => {
  it("writes a 4-byte little-endian length and that many bytes of MessagePack", () => {
    expect(bytesOf({ op: "alive" }).toString("hex")).toBe(`0a000000${"81a26f70a5616c697665"}`);
  });

  it("reads messages whatever the chunks they come in", () => {
    const messages = [{ op: "a" }, { op: "b", bytes: [1, 2, 3] }, {}, { text: "x".repeat(300) }];
    const stream = Buffer.concat(messages.map(bytesOf));
    for (const size of [1, 2, 3, 5, 7, 64, stream.length]) {
      const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
        stream.subarray(i * size, (i + 1) * size),
      );
      expect(readAll(chunks)).toEqual(messages);
    }
  });

  it("carries pixels and columns unchanged", () => {
    const pixels = Uint8Array.from({ length: 1_000 }, (_, i) => i & 255);
    const columns = { ecdPx: Float32Array.of(1.5, -0, 3e38), id: Uint32Array.of(1, 0xffff_ffff) };
    expect(readAll([bytesOf({ pixels, columns })])).toEqual([{ pixels, columns }]);
  });

  it("holds back a message whose end has not come", () => {
    const bytes = bytesOf({ op: "a" });
    expect(readAll([bytes.subarray(0, -1)])).toEqual([]);
  });

  it("ends where a length says more than any message has", () => {
    const broken: unknown[] = [];
    const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    openLink(stream, { message: () => undefined, broken: (error) => broken.push(error) });
    stream.push(Buffer.from("ffffffff00", "hex"));
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      expect(broken).toHaveLength(1);
      expect(String(broken[0])).toMatch(/4294967295 bytes/);
    });
  });
});
