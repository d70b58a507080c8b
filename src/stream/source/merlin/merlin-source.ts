/**
 * Frames of a Merlin (Quantum Detectors, Medipix3) from its data port, as they are taken.
 *
 * @module
 */
import { FrameRejectedError } from "../../base/frame.js";
import { type MibHeader, mibHeaderBytes, mibHeaderFrom } from "../../decode/mib-header.js";
import { corrupt, SAMPLE_BYTES_LIMIT } from "../../decode/refusals.js";
import type { Clock } from "../../flow/clock.js";
import type { ByteReader } from "../detector/byte-reader.js";
import { Connection, type ConnectionOptions, type DetectorAddress } from "../detector/connection.js";
import { SeriesWatch } from "../detector/series-watch.js";
import type { FrameSink, FrameSource, SourceHealth } from "../source.js";
import { type AcquisitionHeader, acquisitionHeaderFrom, isAcquisitionHeader, runLabel } from "./acquisition.js";
import { type MerlinStart, prepareMerlin } from "./control.js";
import { readMpx } from "./mpx.js";

export interface MerlinSourceOptions extends Pick<ConnectionOptions, "retryMs"> {
  /** `merlin://127.0.0.1:6342`: shown to people. */
  readonly name: string;
  /** The data port. */
  readonly address: DetectorAddress;
  /** The control port, or `null` where the detector is not asked anything. */
  readonly controlPort: number | null;
  /** How an acquisition is started once the data port is connected for the first time; `null`: somebody else starts it. */
  readonly start: MerlinStart | null;
  readonly clock: Clock;
}

/** Most bytes of a message: the largest frame with its header. */
const MESSAGE_LIMIT_BYTES = SAMPLE_BYTES_LIMIT + 8_192;

/** A source of the frames of one Merlin. It connects as long as it is not closed, whether the detector is on or not. */
export const createMerlinSource = (options: MerlinSourceOptions): FrameSource => new MerlinSource(options);

class MerlinSource implements FrameSource {
  readonly name: string;
  readonly #options: MerlinSourceOptions;
  readonly #connection: Connection;
  readonly #series = new SeriesWatch();
  #acquisition: AcquisitionHeader | null = null;
  /** What the control port said, and whether an acquisition was started. */
  #said = "";
  #isPrepared = false;

  constructor(options: MerlinSourceOptions) {
    this.name = options.name;
    this.#options = Object.freeze({ ...options });
    this.#connection = new Connection(options);
  }

  health(): SourceHealth {
    const { state, detail } = this.#series.health(this.#connection);
    return { state, detail: this.#said === "" ? detail : `${detail}; ${this.#said}` };
  }

  async start(sink: FrameSink): Promise<void> {
    void this.#connection.run((reader) => this.#serve(reader, sink));
  }

  settle(): void {
    // Merlin sends a frame once and waits for no answer.
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  async #serve(reader: ByteReader, sink: FrameSink): Promise<void> {
    // The data port must be connected before an acquisition is started: what nobody reads is not sent.
    void this.#prepare();
    for (;;) {
      const message = await readMpx(reader, MESSAGE_LIMIT_BYTES);
      if (message === null) return;
      const { body, skippedBytes } = message;
      if (skippedBytes > 0) this.#series.trouble(`${skippedBytes} bytes that are no message`);
      if (isAcquisitionHeader(body)) await this.#begin(acquisitionHeaderFrom(body), sink);
      else await this.#take(body, sink);
    }
  }

  /** Asks the control port, and starts an acquisition the first time: a connection that broke must not start another one. */
  async #prepare(): Promise<void> {
    const { address, controlPort, start } = this.#options;
    if (controlPort === null) return;
    const isFirst = !this.#isPrepared;
    this.#isPrepared = true;
    this.#said = await prepareMerlin({ host: address.host, port: controlPort }, isFirst ? start : null);
  }

  async #begin(header: AcquisitionHeader, sink: FrameSink): Promise<void> {
    if (this.#acquisition?.text === header.text) {
      // Sent again after a broken connection: the same acquisition, whose frames are told from new ones by their keys.
      this.#series.restart();
      return;
    }
    this.#acquisition = header;
    this.#series.begin(`the acquisition of ${header.stamp ?? "an unknown time"}`, header.plannedFrames);
    await sink.beginRun(runLabel(header));
  }

  async #take(body: Buffer<ArrayBuffer>, sink: FrameSink): Promise<void> {
    const receivedAtMs = this.#options.clock.unixMs();
    const stream = this.#acquisition?.stamp ?? "";
    const head = headOf(body);
    if (head === null) {
      this.#series.trouble(`a message of ${body.length} bytes that is neither a header nor a frame`);
      return;
    }
    this.#series.see(head.number);
    // Its time makes the number unique for ever; where the detector sends a frame again, both are the same.
    const key = `${head.stamp}#${head.number}`;
    const frame = { key, label: `${stream === "" ? "Merlin" : stream} #${head.number}`, receivedAtMs };
    if (head.refusal !== null) sink.reject(frame, head.refusal);
    else {
      const sender = { stream, number: head.number };
      await sink.offer({ ...frame, sender, payload: { kind: "bytes", bytes: body } });
    }
    await this.#endIfOver(sink);
  }

  async #endIfOver(sink: FrameSink): Promise<void> {
    if (!this.#series.isOver) return;
    this.#series.end();
    this.#acquisition = null;
    await sink.endRun();
  }
}

/** What a frame's own header says, and why it cannot be used, if so. */
interface Head {
  readonly number: number;
  readonly stamp: string;
  readonly refusal: FrameRejectedError | null;
}

/** `null`: this is no frame. */
function headOf(body: Uint8Array): Head | null {
  const headerBytes = mibHeaderBytes(body);
  if (headerBytes === null) return null;
  try {
    const header = mibHeaderFrom(body.subarray(0, headerBytes));
    return { number: header.frameNumber, stamp: header.stamp, refusal: lengthRefusal(header, body.length) };
  } catch (error) {
    if (!(error instanceof FrameRejectedError)) throw error;
    const [, number, , , , , , , , stamp = ""] = Buffer.from(body.subarray(0, headerBytes))
      .toString("latin1")
      .split(",");
    return { number: Number(number), stamp, refusal: error };
  }
}

function lengthRefusal({ headerBytes, frameBytes }: MibHeader, bodyBytes: number): FrameRejectedError | null {
  const expected = headerBytes + frameBytes;
  return bodyBytes === expected ? null : corrupt(`a frame of ${bodyBytes} bytes`, `${expected}, as its header says`);
}
