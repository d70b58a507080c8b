import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { MessageReader, messageHead, openLink } from "../../src/daemon/analyzer/link.js";
import { pour } from "../../src/stream/flow/landing.js";

const bytesOf = (message: unknown, pixels = new Uint8Array()) =>
  Buffer.concat([messageHead(message, pixels.length), pixels]);

/** What a reader makes of chunks. */
function readAll(chunks: readonly Uint8Array[]): readonly unknown[] {
  const messages: unknown[] = [];
  const reader = new MessageReader((message, pixels) =>
    messages.push(pixels.length === 0 ? message : [message, pixels]),
  );
  for (const chunk of chunks) pour(chunk, reader);
  return messages;
}

describe("the link between daemon and analyzer", () => {
  it("writes two 4-byte little-endian lengths, that many bytes of MessagePack, and the pixels as they are", () => {
    const bytes = bytesOf({ op: "alive" }, Uint8Array.of(1, 2, 255));
    expect(bytes.toString("hex")).toBe(`0a00000003000000${"81a26f70a5616c697665"}0102ff`);
  });

  it("reads messages whatever the chunks they come in", () => {
    const messages = [{ op: "a" }, { op: "b", bytes: [1, 2, 3] }, {}, { text: "x".repeat(300) }];
    const stream = Buffer.concat(messages.map((message) => bytesOf(message)));
    for (const size of [1, 2, 3, 5, 7, 64, stream.length]) {
      const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
        stream.subarray(i * size, (i + 1) * size),
      );
      expect(readAll(chunks)).toEqual(messages);
    }
  });

  it("reads pixels to where they stay, whatever is read at once, and messages before and after them", () => {
    const pixels = [70_000, 1, 200_000].map((length) => Buffer.alloc(length, "0123456789a"));
    const texts = ["", "x".repeat(50_000), "x".repeat(100_000)];
    const messages = pixels.map((part, number) => bytesOf({ text: texts[number] }, part));
    const stream = Buffer.concat([bytesOf({ op: "a" }), ...messages, bytesOf({ op: "z" })]);
    for (const size of [7, 4_096, 65_536, stream.length]) {
      const read: string[] = [];
      const reader = new MessageReader((message, part) =>
        read.push(`${JSON.stringify(message)} ${Buffer.from(part).toString("latin1")}`),
      );
      for (let at = 0; at < stream.length; at += size) pour(stream.subarray(at, at + size), reader);
      const expected = pixels.map((part, n) => `${JSON.stringify({ text: texts[n] })} ${part.toString("latin1")}`);
      expect(read.length).toBe(5);
      expect(read.every((text, n) => text === ['{"op":"a"} ', ...expected, '{"op":"z"} '][n])).toBe(true);
    }
  });

  it("asks for no more bytes than the pixels under way have left", () => {
    const reader = new MessageReader(() => undefined);
    pour(messageHead({}, 300_000), reader);
    expect(reader.space.length).toBe(300_000);
    reader.filled(299_999);
    expect(reader.space.length).toBe(1);
  });

  it("carries columns unchanged", () => {
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
    stream.push(Buffer.from("ffffffff00000000", "hex"));
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      expect(broken).toHaveLength(1);
      expect(String(broken[0])).toMatch(/4294967295 bytes/);
    });
  });
});
