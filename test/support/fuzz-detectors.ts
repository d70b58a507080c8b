/**
 * Malformed messages of detectors: whole streams and single messages with bytes changed, cut out, doubled or cut off.
 *
 * @module
 */
import { Socket } from "node:net";
import { FrameRejectedError } from "../../src/stream/base/frame.js";
import { decompress } from "../../src/stream/decode/compressed.js";
import { mibHeaderBytes } from "../../src/stream/decode/mib-header.js";
import { frameFromPixels } from "../../src/stream/decode/pixels.js";
import { decodeImage } from "../../src/stream/decode/resolve.js";
import { Stream1 } from "../../src/stream/source/dectris/stream1.js";
import { stream2Message } from "../../src/stream/source/dectris/stream2.js";
import { openPull } from "../../src/stream/source/dectris/zmtp.js";
import { ByteReader } from "../../src/stream/source/detector/byte-reader.js";
import { DetectorStreamError } from "../../src/stream/source/detector/errors.js";
import { acquisitionHeaderFrom, isAcquisitionHeader } from "../../src/stream/source/merlin/acquisition.js";
import { readMpx } from "../../src/stream/source/merlin/mpx.js";
import { fromBase64, GOLDEN, merlinFrame, merlinHdr } from "./detector-messages.js";
import type { Outcome, SeedFile } from "./fuzz.js";

/** Messages to change, and what becomes of a changed one. Raises what is no refusal. */
export interface FuzzTarget {
  readonly seeds: readonly SeedFile[];
  readonly outcomeOf: (bytes: Uint8Array, seedName: string) => Promise<Outcome>;
}

/** Bytes in the pieces that a network makes of them. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1_460) yield bytes.subarray(at, at + 1_460);
}

async function merlinOutcome(bytes: Uint8Array): Promise<Outcome> {
  const reader = new ByteReader(pieces(bytes));
  let frames = 0;
  for (let message = await readMpx(reader, 1e6); message !== null; message = await readMpx(reader, 1e6)) {
    if (isAcquisitionHeader(message.body)) acquisitionHeaderFrom(message.body);
    else if (mibHeaderBytes(message.body) !== null && (await decodeImage(message.body)).pixels.length > 0) frames += 1;
  }
  return frames > 0 ? "frame" : "refused";
}

function stream2Outcome(bytes: Uint8Array): Outcome {
  const message = stream2Message(bytes, null);
  if (message.kind !== "image") return message.kind === "other" ? "refused" : "frame";
  if (message.pixels instanceof FrameRejectedError) return "refused";
  frameFromPixels(message.pixels);
  return "frame";
}

async function zmtpOutcome(bytes: Uint8Array): Promise<Outcome> {
  // Nobody listens to what it answers.
  const socket = Object.assign(new Socket(), { write: () => true });
  const pull = await openPull(new ByteReader(pieces(bytes)), socket);
  let frames = 0;
  for (let parts = await pull.next(1e6); parts !== null; parts = await pull.next(1e6)) {
    if (parts.length === 1 && parts[0] !== undefined && stream2Outcome(parts[0]) === "frame") frames += 1;
  }
  return frames > 0 ? "frame" : "refused";
}

/** Parts of a message, each after its length in 4 bytes. */
function stream1Outcome(bytes: Uint8Array): Outcome {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + view.getUint32(at);
    parts.push(bytes.subarray(at + 4, end));
    at = end;
  }
  const message = new Stream1().message(parts);
  if (message.kind !== "image" || message.pixels instanceof FrameRejectedError) return "refused";
  frameFromPixels(message.pixels);
  return "frame";
}

function compressedOutcome(bytes: Uint8Array, seedName: string): Outcome {
  const golden = GOLDEN.compressed.find(({ name }) => name === seedName);
  if (golden === undefined) throw new Error(`no samples are called ${seedName}`);
  decompress(bytes, golden.compression, golden.size);
  return "frame";
}

/** A typed refusal is an outcome; anything else is a defect. */
function refusing(run: (bytes: Uint8Array, seedName: string) => Outcome | Promise<Outcome>): FuzzTarget["outcomeOf"] {
  return async (bytes, seedName) => {
    try {
      return await run(bytes, seedName);
    } catch (error) {
      if (error instanceof FrameRejectedError || error instanceof DetectorStreamError) return "refused";
      throw error;
    }
  };
}

const images = GOLDEN.stream2.images.map(({ dtype, bytes }, i) => ({
  name: `image ${i} ${dtype}`,
  bytes: fromBase64(bytes),
}));

/** A stream as libzmq sends it: greeting, READY, messages. */
function zmtpStream(messages: readonly Uint8Array[]): Buffer {
  const greeting = Buffer.from("ff00000000000000017f03014e554c4c".padEnd(128, "0"), "hex");
  const ready = Buffer.from("041a0552454144590b536f636b65742d547970650000000450555348", "hex");
  const framed = messages.map((message) => {
    const head = Buffer.alloc(9);
    head[0] = 2;
    head.writeBigUInt64BE(BigInt(message.length), 1);
    return Buffer.concat([head, message]);
  });
  return Buffer.concat([greeting, ready, ...framed]);
}

function stream1Image(): Buffer {
  const golden = GOLDEN.compressed.find(({ name }) => name === "bslz4 <u2 (32, 48)");
  const blob = fromBase64(golden?.bytes ?? "");
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  const parts = [
    json({ htype: "dimage-1.0", series: 34, frame: 1, hash: "a" }),
    json({ htype: "dimage_d-1.0", shape: [48, 32], type: "uint16", encoding: "bs16-lz4<", size: blob.length }),
    blob,
    json({ htype: "dconfig-1.0", start_time: 0, stop_time: 5, real_time: 5 }),
  ];
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

/** What is changed, by what it is called. */
export const DETECTOR_TARGETS: Readonly<Record<string, FuzzTarget>> = {
  Merlin: {
    seeds: [{ name: "acquisition", bytes: Buffer.concat([merlinHdr(2), merlinFrame(1), merlinFrame(2)]) }],
    outcomeOf: refusing(merlinOutcome),
  },
  "DECTRIS 2": {
    seeds: [{ name: "start", bytes: fromBase64(GOLDEN.stream2.start) }, ...images],
    outcomeOf: refusing(stream2Outcome),
  },
  "DECTRIS 1": { seeds: [{ name: "image", bytes: stream1Image() }], outcomeOf: refusing(stream1Outcome) },
  ZMTP: {
    seeds: [{ name: "stream", bytes: zmtpStream(images.slice(1, 4).map(({ bytes }) => bytes)) }],
    outcomeOf: refusing(zmtpOutcome),
  },
  compressed: {
    seeds: GOLDEN.compressed.map(({ name, bytes }) => ({ name, bytes: fromBase64(bytes) })),
    outcomeOf: refusing(compressedOutcome),
  },
};
