import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
  packValue,
  unpackValue,
} from "../../../src/stream/protocol/codec.js";
import type { Encoding } from "../../../src/stream/protocol/messages.js";
import { clientMessageSchema } from "../../../src/stream/protocol/messages.js";
import { anyClientMessage, anyServerMessage } from "../../support/wire-messages.js";

const ENCODINGS: readonly Encoding[] = ["json", "msgpack"];
const SEED = { seed: 20_250_101, numRuns: 400 };

describe.each(ENCODINGS)("in %s", (encoding) => {
  it("every message of the daemon comes out as it went in", () => {
    fc.assert(
      fc.property(anyServerMessage(), (message) => {
        expect(decodeServerMessage(encoding, encodeServerMessage(encoding, message))).toEqual(message);
      }),
      SEED,
    );
  });

  it("every message of a client comes out as it went in, defaults filled in", () => {
    fc.assert(
      fc.property(anyClientMessage(), (message) => {
        const read = decodeClientMessage(encoding, encodeClientMessage(encoding, message));
        expect(read).toEqual(clientMessageSchema.parse(message));
      }),
      SEED,
    );
  });
});

describe("values between daemon and analyzer", () => {
  it("come out as they went in, pixels of every depth among them", () => {
    const value = {
      op: "frame",
      bytes: Uint8Array.of(1, 2, 3),
      deep: Uint16Array.of(1, 65_535),
      exact: Float32Array.of(0.1, Number.NaN),
      large: 2 ** 40,
      none: null,
    };
    expect(unpackValue(packValue(value))).toEqual(value);
  });

  it("gives byte arrays as Uint8Array also when the bytes arrive as a Buffer", () => {
    const value = unpackValue(Buffer.from(packValue({ bytes: Buffer.from([1, 2]) })));
    expect(value).toEqual({ bytes: Uint8Array.of(1, 2) });
  });

  it("does not give a later value's bytes to an earlier one", () => {
    const first = packValue({ bytes: new Uint8Array(5000).fill(1) });
    const held = first.slice();
    for (let count = 0; count < 100; count += 1) packValue({ bytes: new Uint8Array(5000).fill(2) });
    expect(first).toEqual(held);
  });
});
