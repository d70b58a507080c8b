import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { WireData } from "../../../src/stream/protocol/codec.js";
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
} from "../../../src/stream/protocol/codec.js";
import { clientMessageSchema, serverMessageSchema } from "../../../src/stream/protocol/messages.js";

interface GoldenMessage {
  readonly op: string;
  readonly json: { readonly text: string } | { readonly hex: string };
  readonly msgpack: string;
}

/** Written by generate-golden.py, which shares no code with the codec. */
const golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8")) as {
  readonly server: readonly GoldenMessage[];
  readonly client: readonly GoldenMessage[];
};

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (data: WireData) => (typeof data === "string" ? data : Buffer.from(data).toString("hex"));
const jsonForm = ({ json }: GoldenMessage): WireData => ("text" in json ? json.text : bytesOf(json.hex));

it("there is a golden message of every kind", () => {
  const opsOf = (schema: typeof serverMessageSchema | typeof clientMessageSchema) =>
    schema.options.map((option) => option.shape.op.value).sort();
  expect(golden.server.map(({ op }) => op).sort()).toEqual(opsOf(serverMessageSchema));
  expect(golden.client.map(({ op }) => op).sort()).toEqual(opsOf(clientMessageSchema));
});

describe.each(golden.server)("$op of the daemon", (message) => {
  it("reads the same from both encodings", () => {
    const fromMsgpack = decodeServerMessage("msgpack", bytesOf(message.msgpack));
    expect(decodeServerMessage("json", jsonForm(message))).toEqual(fromMsgpack);
    expect(fromMsgpack.op).toBe(message.op);
  });

  it("is written byte for byte as the document says", () => {
    const value = decodeServerMessage("msgpack", bytesOf(message.msgpack));
    expect(hexOf(encodeServerMessage("msgpack", value))).toBe(message.msgpack);
    expect(hexOf(encodeServerMessage("json", value))).toBe(hexOf(jsonForm(message)));
  });
});

describe.each(golden.client)("$op of a client", (message) => {
  it("reads the same from both encodings", () => {
    const fromMsgpack = decodeClientMessage("msgpack", bytesOf(message.msgpack));
    expect(decodeClientMessage("json", jsonForm(message))).toEqual(fromMsgpack);
  });

  it("is written byte for byte as the document says", () => {
    const value = decodeClientMessage("msgpack", bytesOf(message.msgpack));
    expect(hexOf(encodeClientMessage("msgpack", value))).toBe(message.msgpack);
    expect(hexOf(encodeClientMessage("json", value))).toBe(hexOf(jsonForm(message)));
  });
});

describe("typed arrays", () => {
  it("come out aligned wherever they stand in the message", () => {
    for (const padding of ["", "a", "ab", "abc"]) {
      const wire = encodeServerMessage("msgpack", {
        ...decodeServerMessage("msgpack", bytesOf(golden.server.find(({ op }) => op === "preview")?.msgpack ?? "")),
        // An unknown field of a newer daemon, in front of the arrays.
        ...{ padding },
      });
      const shifted = new Uint8Array(wire.length + 1);
      shifted.set(wire, 1);
      const read = decodeServerMessage("msgpack", shifted.subarray(1));
      expect(read.op === "preview" && [...read.outlines.xyPx]).toEqual([0, 0, 1.5, 0, Math.fround(0.1), 2]);
    }
  });

  it("carry NaN in msgpack as it is and in JSON as null", () => {
    const health = decodeServerMessage(
      "msgpack",
      bytesOf(golden.server.find(({ op }) => op === "preview")?.msgpack ?? ""),
    );
    if (health.op !== "preview") throw new Error("the golden preview is missing");
    const message = { ...health, ecdPx: Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY) };
    const read = (encoding: "json" | "msgpack") => {
      const value = decodeServerMessage(encoding, encodeServerMessage(encoding, message));
      return value.op === "preview" ? [...value.ecdPx] : [];
    };
    expect(read("msgpack")).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
    expect(read("json")).toEqual([Number.NaN, Number.NaN]);
  });
});
