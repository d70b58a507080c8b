/**
 * What detectors send: DECTRIS messages as independent libraries made them, and a Merlin's as its manual has them.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { z } from "zod";

const compression = z.union([
  z.object({ kind: z.literal("lz4-block") }),
  z.object({ kind: z.literal("lz4") }),
  z.object({
    kind: z.literal("bslz4"),
    elementBytes: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]),
  }),
]);
const goldenSchema = z.object({
  compressed: z.array(
    z.object({ name: z.string(), compression, bytes: z.string(), size: z.number(), sha256: z.string() }),
  ),
  cbor: z.array(z.object({ hex: z.string(), value: z.unknown() })),
  stream2: z.object({
    start: z.string(),
    images: z.array(
      z.object({ number: z.number(), dtype: z.string(), bytes: z.string(), pixels: z.tuple([z.string(), z.string()]) }),
    ),
    end: z.string(),
    wrong: z.record(z.string(), z.string()),
  }),
});

/** What test/wire/detectors/fixtures/generate.py wrote. */
export const GOLDEN = goldenSchema.parse(
  JSON.parse(readFileSync(new URL("../wire/detectors/fixtures/dectris.json", import.meta.url), "utf8")),
);

export function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** A message of a Merlin. */
export function mpx(body: Uint8Array | string): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`MPX,${String(bytes.length + 1).padStart(10, "0")},`), bytes]);
}

/** The header of an acquisition. */
export function merlinHdr(frames: number, stamp = "18/05/2020 16:51:48"): Buffer {
  return mpx(
    `HDR,\t\nTime and Date Stamp (day, mnth, yr, hr, min, s):\t${stamp}\nFrames in Acquisition (Number):\t${frames}\nCounter Depth (number):\t6\nEnd\t`,
  );
}

/** A frame of 64 x 64 px of 8 bits, all of one level; `type` and `more` break it. */
export function merlinFrame(number: number, level = number % 256, { type = "U08", more = 0 } = {}): Buffer {
  const stamp = `2020-01-31T12:00:${String(number % 60).padStart(2, "0")}.${String(number).padStart(9, "0")}Z`;
  const head = `MQ1,${String(number).padStart(6, "0")},00384,01,0064,0064,${type},   1x1,01,2020-01-31 12:00:00.000000,0.001000,0,0,0,MQ1A,${stamp},1000000ns,6,`;
  return mpx(Buffer.concat([Buffer.from(head.padEnd(384, "\0"), "latin1"), Buffer.alloc(64 * 64 + more, level)]));
}
