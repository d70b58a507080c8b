/**
 * The receiving end of ZeroMQ: a PULL socket that connects, over a TCP connection that is there already.
 *
 * ZMTP 3.1 (rfc.zeromq.org/spec/37, and 3.0, spec/23), mechanism NULL, as every libzmq since version 4 speaks it. It is written here and
 * not taken from a package, because the packages are native code, of which the daemon loads none where frames come in.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { ByteReader } from "../detector/byte-reader.js";
import { detectorError } from "../detector/errors.js";

const GREETING_BYTES = 64;
const MECHANISM_BYTES = 20;
const FLAG = { more: 1, long: 2, command: 4 } as const;
/** Longest command, bytes: a few names and values. */
const COMMAND_LIMIT_BYTES = 65_536;
/** Most parts of one message; a detector's has 1, or 5 at most. */
const PART_LIMIT = 64;

/** Says and hears the greeting and what kind of socket this is. Raises DetectorStreamError. */
export async function openPull(reader: ByteReader, socket: Socket): Promise<ZmtpPull> {
  socket.write(greeting());
  const theirs = await reader.need(GREETING_BYTES, "a ZeroMQ greeting");
  const isSigned = theirs[0] === 0xff && theirs[9] === 0x7f;
  if (!isSigned) throw detectorError(`a greeting of ${theirs.subarray(0, 10).toString("hex")}`, "one of ZeroMQ");
  const [version = 0] = theirs.subarray(10, 11);
  if (version < 3) throw detectorError(`ZMTP version ${version}`, "version 3, as of ZeroMQ 4 and later");
  const mechanism = theirs
    .subarray(12, 12 + MECHANISM_BYTES)
    .toString("latin1")
    .replace(/\0+$/, "");
  if (mechanism !== "NULL") throw detectorError(`ZeroMQ's security mechanism ${mechanism}`, "NULL");
  socket.write(command("READY", property("Socket-Type", "PULL"), property("Identity", "")));
  return new ZmtpPull(reader, socket);
}

/** Messages as they come. */
export class ZmtpPull {
  readonly #reader: ByteReader;
  readonly #socket: Socket;

  constructor(reader: ByteReader, socket: Socket) {
    this.#reader = reader;
    this.#socket = socket;
  }

  /**
   * The parts of the next message, of at most `limitBytes` in all; `null` at the end of the connection. Raises DetectorStreamError where
   * the connection cannot be used any further.
   */
  async next(limitBytes: number): Promise<readonly Buffer<ArrayBuffer>[] | null> {
    const parts: Buffer<ArrayBuffer>[] = [];
    for (let left = limitBytes; ; ) {
      const flags = (await this.#reader.read(1, "a ZeroMQ frame"))?.[0];
      if (flags === undefined && parts.length === 0) return null;
      if (flags === undefined) throw detectorError("an end of the connection within a message", "further parts");
      if (flags > 7) throw detectorError(`a ZeroMQ frame with the flags ${flags}`, "at most 7");
      const length = await this.#length(flags);
      const isCommand = (flags & FLAG.command) !== 0;
      const limit = isCommand ? COMMAND_LIMIT_BYTES : left;
      if (length > limit) throw detectorError(`a ZeroMQ frame of ${length} bytes`, `at most ${limit}`);
      const body = await this.#reader.need(length, "a ZeroMQ frame");
      if (isCommand) {
        this.#obey(body);
        continue;
      }
      parts.push(body);
      left -= length;
      if ((flags & FLAG.more) === 0) return parts;
      if (parts.length >= PART_LIMIT) throw detectorError(`more than ${PART_LIMIT} parts of a message`, "fewer");
    }
  }

  async #length(flags: number): Promise<number> {
    if ((flags & FLAG.long) === 0) return (await this.#reader.need(1, "the length of a ZeroMQ frame"))[0] ?? 0;
    return Number((await this.#reader.need(8, "the length of a ZeroMQ frame")).readBigUInt64BE());
  }

  /** Answers a command. Those that are not known are for others. */
  #obey(body: Buffer): void {
    const nameBytes = body[0] ?? 0;
    const name = body.subarray(1, 1 + nameBytes).toString("latin1");
    const rest = body.subarray(1 + nameBytes);
    // The time to live, 2 bytes, is for whoever asks; what follows it, 16 bytes at most, is sent back.
    if (name === "PING") this.#socket.write(command("PONG", rest.subarray(2, 18)));
    if (name === "ERROR") throw detectorError(`ZeroMQ's refusal: ${rest.subarray(1).toString("latin1")}`, "READY");
    if (name !== "READY") return;
    const [, type = ""] = /Socket-Type\0\0\0.(\w+)/s.exec(rest.toString("latin1")) ?? [];
    if (type !== "PUSH") throw detectorError(`a ZeroMQ socket of type ${type}`, "PUSH: the detector's stream port");
  }
}

function greeting(): Buffer {
  const bytes = Buffer.alloc(GREETING_BYTES);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1]);
  bytes.write("NULL", 12, "latin1");
  return bytes;
}

function command(name: string, ...rest: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([Buffer.from([name.length]), Buffer.from(name, "latin1"), ...rest]);
  return Buffer.concat([Buffer.from([FLAG.command, body.length]), body]);
}

function property(name: string, value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), length, Buffer.from(value)]);
}
