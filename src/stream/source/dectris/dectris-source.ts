/**
 * Images of a DECTRIS detector from its stream interface, version 2 or 1, over ZeroMQ.
 *
 * @module
 */
import type { Socket } from "node:net";
import { FrameRejectedError } from "../../base/frame.js";
import { SAMPLE_BYTES_LIMIT } from "../../decode/refusals.js";
import type { Clock } from "../../flow/clock.js";
import type { ByteReader } from "../detector/byte-reader.js";
import { Connection, type ConnectionOptions, type DetectorAddress } from "../detector/connection.js";
import { DetectorStreamError } from "../detector/errors.js";
import { SeriesWatch } from "../detector/series-watch.js";
import type { FrameSink, FrameSource, SourceHealth } from "../source.js";
import type { DectrisMessage, SeriesImage, SeriesStart } from "./message.js";
import { isStream1, Stream1 } from "./stream1.js";
import { stream2Message } from "./stream2.js";
import { openPull } from "./zmtp.js";

export interface DectrisSourceOptions extends Pick<ConnectionOptions, "retryMs"> {
  /** `dectris://127.0.0.1:31001`: shown to people. */
  readonly name: string;
  /** The stream port of the detector's control unit. */
  readonly address: DetectorAddress;
  /** The channel whose images are taken, `threshold_1`; `null`: the first. */
  readonly channel: string | null;
  readonly clock: Clock;
}

/** Most bytes of a message: two channels of the largest frame, or the corrections of a detector. */
const MESSAGE_LIMIT_BYTES = 2 * SAMPLE_BYTES_LIMIT + 65_536;

/** A source of the images of one detector. It connects as long as it is not closed, whether the detector is on or not. */
export const createDectrisSource = (options: DectrisSourceOptions): FrameSource => new DectrisSource(options);

class DectrisSource implements FrameSource {
  readonly name: string;
  readonly #options: DectrisSourceOptions;
  readonly #connection: Connection;
  readonly #watch = new SeriesWatch();
  readonly #stream1 = new Stream1();
  /** The series under way. */
  #series: string | null = null;

  constructor(options: DectrisSourceOptions) {
    this.name = options.name;
    this.#options = Object.freeze({ ...options });
    this.#connection = new Connection(options);
  }

  health(): SourceHealth {
    return this.#watch.health(this.#connection);
  }

  async start(sink: FrameSink): Promise<void> {
    void this.#connection.run((reader, socket) => this.#serve(reader, socket, sink));
  }

  settle(): void {
    // The detector sends an image once and waits for no answer.
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  /** While an image waits for its place, nothing is read: the detector's own queue grows, up to its high-water mark. */
  async #serve(reader: ByteReader, socket: Socket, sink: FrameSink): Promise<void> {
    const pull = await openPull(reader, socket);
    for (;;) {
      const parts = await pull.next(MESSAGE_LIMIT_BYTES);
      if (parts === null) return;
      const message = this.#read(parts);
      if (message !== null) await this.#obey(message, sink);
    }
  }

  /** `null` where a message cannot be used: the next one is not harmed by it. */
  #read(parts: readonly Uint8Array[]): DectrisMessage | null {
    try {
      if (isStream1(parts)) return this.#stream1.message(parts);
      return stream2Message(parts[0] ?? new Uint8Array(0), this.#options.channel);
    } catch (error) {
      if (!(error instanceof DetectorStreamError)) throw error;
      this.#watch.trouble(error.received);
      return null;
    }
  }

  async #obey(message: DectrisMessage, sink: FrameSink): Promise<void> {
    switch (message.kind) {
      case "start":
        return this.#begin(message, sink);
      case "image":
        return this.#take(message, sink);
      case "end":
        if (message.series !== this.#series) return;
        this.#watch.end();
        this.#series = null;
        return sink.endRun();
      case "other":
    }
  }

  async #begin({ series, name, notes, plannedImages }: Omit<SeriesStart, "kind">, sink: FrameSink): Promise<void> {
    this.#series = series;
    this.#watch.begin(name, plannedImages);
    await sink.beginRun({ name, notes });
  }

  async #take({ series, seriesName, number, key, pixels }: SeriesImage, sink: FrameSink): Promise<void> {
    if (series !== this.#series) {
      // Its start went to another client, or came before this one was there.
      const name = `DECTRIS ${seriesName}`;
      await this.#begin({ series, name, notes: "Its start did not come.", plannedImages: null }, sink);
    }
    this.#watch.see(number + 1);
    const frame = { key, label: `${seriesName} #${number}`, receivedAtMs: this.#options.clock.unixMs() };
    if (pixels instanceof FrameRejectedError) sink.reject(frame, pixels);
    else await sink.offer({ ...frame, sender: { stream: series, number }, payload: pixels });
  }
}
