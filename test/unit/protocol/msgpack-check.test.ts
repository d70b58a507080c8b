import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packValue, unpackValue } from "../../../src/stream/protocol/codec.js";
import { PROTOCOL_LIMITS } from "../../../src/stream/protocol/limits.js";
import { msgpackProblem } from "../../../src/stream/protocol/msgpack-check.js";

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const nested = (depth: number) => new Uint8Array([...new Array<number>(depth).fill(0x91), 0xc0]);

describe("what the protocol uses passes", () => {
  it.each([
    ["nil, booleans, small numbers", "96 c0 c2 c3 00 7f e0"],
    [
      "numbers of every width",
      "9a ca00000000 cb0000000000000000 cc00 cd0000 ce00000000 cf0000000000000000 d000 d10000 d200000000 d30000000000000000",
    ],
    ["texts of every header", "94 a161 d90161 da000161 db0000000161"],
    ["bytes of every header", "93 c40161 c5000161 c60000000161"],
    ["arrays and maps of every header", "96 90 dc0000 dd00000000 80 de0000 df00000000"],
    ["typed arrays of each element", "93 c7027401ff c7057406 01000000 c7057407 0000803f"],
    ["an empty typed array", "c7017406"],
  ])("%s", (_name, bytes) => {
    expect(msgpackProblem(hex(bytes))).toBeNull();
  });

  it("nesting up to the limit", () => {
    expect(msgpackProblem(nested(PROTOCOL_LIMITS.nestingDepth))).toBeNull();
  });
});

describe("everything else is named", () => {
  it.each([
    ["nothing at all", "", "cut off at byte 0"],
    ["a text that ends early", "a3 6162", "cut off at byte 3"],
    ["a length header that ends early", "dc 00", "cut off at byte 2"],
    ["an array of four thousand million", "dd ffffffff", "cut off at byte 5"],
    ["a map of four thousand million", "df ffffffff", "cut off at byte 5"],
    ["bytes after the message", "c0 c0", "1 bytes after the end"],
    ["the token that is never used", "c1", "token 0xc1 at byte 0"],
    ["a record definition", "d4 72 40", "token 0xd4 at byte 0"],
    ["a pointer into the message", "92 c0 d6 70 00000001", "token 0xd6 at byte 2"],
    ["a structured clone's id", "c7 04 69 00000001", "extension type 0x69"],
    ["a regular expression", "c7 01 78 00", "extension type 0x78"],
    ["bundled strings", "c8 0004 62 80000000", "extension type 0x62"],
    ["an error", "c7 01 65 00", "extension type 0x65"],
    ["an extension without content", "c7 00 74", "extension type 0x74 of 0 bytes"],
    ["an extension past the end", "c9 7fffffff 74 06", "cut off at byte 7"],
    ["a typed array of 64-bit integers", "c7 09 74 0a 0000000000000000", "element code 10"],
    ["half an element", "c7 03 74 06 0000", "2 bytes, 4 an element"],
  ])("%s", (_name, bytes, problem) => {
    expect(msgpackProblem(hex(bytes))).toContain(problem);
  });

  it("nesting one past the limit", () => {
    expect(msgpackProblem(nested(PROTOCOL_LIMITS.nestingDepth + 1))).toContain("nesting deeper");
  });
});

it("whatever passes is decoded without an error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      if (msgpackProblem(bytes) === null) expect(() => unpackValue(bytes)).not.toThrow();
    }),
    { seed: 1, numRuns: 20_000 },
  );
});

it("whatever JSON can say passes", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect(msgpackProblem(packValue(value))).toBeNull();
    }),
    { seed: 2, numRuns: 2000 },
  );
});
