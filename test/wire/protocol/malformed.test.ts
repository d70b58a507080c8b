import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WireData } from "../../../src/stream/protocol/codec.js";
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
} from "../../../src/stream/protocol/codec.js";
import { PROTOCOL_LIMITS } from "../../../src/stream/protocol/limits.js";
import type { Encoding } from "../../../src/stream/protocol/messages.js";
import { ProtocolError } from "../../../src/stream/protocol/protocol-error.js";
import { anyClientMessage, frameEvent, previewOf } from "../../support/wire-messages.js";

/** The error a message is refused with. */
function refusal(read: () => unknown): ProtocolError {
  try {
    read();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error("the message was taken");
}

/** Takes the message or refuses it; anything else that is raised comes through. */
function survives(encoding: Encoding, data: WireData): void {
  try {
    decodeClientMessage(encoding, data);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
}

/** A valid message with some of its bytes changed, cut or doubled. */
const mutated = fc
  .tuple(
    anyClientMessage().map((message) => encodeClientMessage("msgpack", message)),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 6 }),
    fc.nat(),
  )
  .map(([bytes, changes, cut]) => {
    const copy = bytes.slice(0, cut % 5 === 0 ? cut % bytes.length : bytes.length);
    for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
    return copy;
  });

describe("hostile bytes raise ProtocolError and nothing else", () => {
  it("10,000 messages with bytes changed and cut", () => {
    fc.assert(
      fc.property(mutated, (bytes) => survives("msgpack", bytes)),
      { seed: 3, numRuns: 10_000 },
    );
  });

  it("10,000 random messages", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        survives("msgpack", bytes);
        survives("json", Buffer.from(bytes).toString());
      }),
      { seed: 4, numRuns: 10_000 },
    );
  });

  it("5,000 valid JSON values of any shape", () => {
    fc.assert(
      fc.property(fc.json(), (text) => survives("json", text)),
      { seed: 5, numRuns: 5000 },
    );
  });

  it("nesting as deep as a message can be", () => {
    survives("json", "[".repeat(PROTOCOL_LIMITS.clientMessageBytes));
    survives("json", `${'{"op":'.repeat(10_000)}1${"}".repeat(10_000)}`);
    survives("msgpack", new Uint8Array(PROTOCOL_LIMITS.clientMessageBytes).fill(0x91));
    survives("msgpack", new Uint8Array(PROTOCOL_LIMITS.clientMessageBytes).fill(0x9f));
  });

  it("10,000 changed messages of a daemon", () => {
    const wire = encodeServerMessage("msgpack", previewOf(1));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }), (changes) => {
        const copy = wire.slice();
        for (const [at, value] of changes) copy[at % copy.length] = value;
        for (const encoding of ["msgpack", "json"] as const) {
          try {
            decodeServerMessage(encoding, copy);
          } catch (error) {
            if (!(error instanceof ProtocolError)) throw error;
          }
        }
      }),
      { seed: 6, numRuns: 10_000 },
    );
  });
});

it("a valid request in a form that only msgpackr knows, a record, is refused before it is decoded", () => {
  const texts = (...words: readonly string[]) => words.flatMap((word) => [0xa0 | word.length, ...Buffer.from(word)]);
  const keys = [0x93, ...texts("op", "requestId", "settings")];
  const values = [...texts("configure", "r1"), 0x80];
  const record = Uint8Array.of(0xd4, 0x72, 0x40, ...keys, ...values);
  expect(refusal(() => decodeClientMessage("msgpack", record)).received).toBe("token 0xd4 at byte 0");
});

describe("a refusal says what was received, what was expected and which request it answers", () => {
  const request = (fields: object) => JSON.stringify({ op: "configure", requestId: "r1", ...fields });

  it.each([
    ["a value out of range", { settings: { nlmH: 900 } }, "settings.nlmH = 900", "<=60"],
    ["an even kernel", { settings: { gaussianKernelPx: 4 } }, "settings.gaussianKernelPx = 4", "must be odd"],
    ["a value of another type", { settings: { filter: 1 } }, "settings.filter = 1", '"nlm"'],
    ["a missing field", {}, "settings = nothing", "object"],
    ["an unknown setting", { settings: { nlmh: 5 } }, "settings.nlmh = 5", "no such field"],
    ["an unknown field", { settings: {}, extra: "x" }, 'extra = "x"', "no such field"],
    ["a number that is none", { settings: { nlmH: null } }, "settings.nlmH = null", "number"],
  ])("%s", (_name, fields, received, expected) => {
    const error = refusal(() => decodeClientMessage("json", request(fields)));
    expect(error.reason).toBe("invalid");
    expect(error.requestId).toBe("r1");
    expect(error.received).toBe(received);
    expect(error.expected).toContain(expected);
  });

  it("an unknown op names those there are", () => {
    const error = refusal(() => decodeClientMessage("json", '{"op":"stop","requestId":"r1"}'));
    expect(error).toMatchObject({ reason: "unknown-op", requestId: "r1", received: 'op = "stop"' });
    expect(error.expected).toBe(
      "one of subscribe, configure, startRun, endRun, describeRun, listRuns, openRun, filterFrame, control",
    );
  });

  it("a message without op", () => {
    for (const text of ["{}", "[]", "null", "1"]) {
      expect(refusal(() => decodeClientMessage("json", text))).toMatchObject({ reason: "invalid", requestId: null });
    }
  });

  it("text where bytes were agreed, and the reverse", () => {
    expect(refusal(() => decodeClientMessage("msgpack", "{}")).received).toBe("a text message");
    expect(refusal(() => decodeClientMessage("json", Uint8Array.of(0x80))).received).toBe("a binary message");
  });

  it("a message one byte past the limit, before it is parsed", () => {
    const limit = PROTOCOL_LIMITS.clientMessageBytes;
    expect(refusal(() => decodeClientMessage("json", " ".repeat(limit + 1))).reason).toBe("too-large");
    expect(refusal(() => decodeClientMessage("json", " ".repeat(limit))).reason).toBe("malformed");
  });

  it("a prototype is not reached through a message", () => {
    const error = refusal(() =>
      decodeClientMessage("json", request({ settings: JSON.parse('{"__proto__":{"a":1}}') })),
    );
    expect(error.reason).toBe("invalid");
    expect(Reflect.get({}, "a")).toBeUndefined();
  });
});

describe("a client of this version with a newer daemon", () => {
  it("reads a message with a field it does not know", () => {
    const message = { ...frameEvent(1), futureField: 1 };
    expect(decodeServerMessage("msgpack", encodeServerMessage("msgpack", message))).toEqual(frameEvent(1));
  });

  it("can tell a kind of message it does not know from a broken one", () => {
    const error = refusal(() => decodeServerMessage("json", '{"op":"forecast","seq":1}'));
    expect(error.reason).toBe("unknown-op");
  });
});
