/**
 * A program that hands its frames over by the ingest protocol, over a unix socket: it keeps each until the daemon says that it is settled,
 * and comes back whenever the connection ends.
 *
 * @module
 */
import { join } from "node:path";
import { dialSocket, IngestSender } from "../../../src/stream/ingest/sender.js";
import { pause } from "../../support/waiting.js";
import type { FrameSender, SenderOptions } from "./sender.js";
import { labelOf } from "./sender.js";

export class SocketSender implements FrameSender {
  readonly command: readonly string[];
  readonly sent: string[] = [];
  readonly #path: string;
  readonly #options: SenderOptions;
  #sender: IngestSender | null = null;
  #unended = 0;
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(home: string, options: SenderOptions) {
    this.#path = join(home, "frames.sock");
    this.#options = options;
    this.command = ["receive", `unix://${this.#path}`];
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  close(): void {
    this.#sender?.close();
  }

  async #run(): Promise<void> {
    const { images, ahead, hasEnded } = this.#options;
    while (!this.#isStopped) {
      this.#sender ??= await this.#opened();
      while (this.#unended < this.sent.length && hasEnded(this.sent[this.#unended] ?? "")) this.#unended += 1;
      if (this.#sender === null || this.sent.length - this.#unended >= ahead) {
        await pause(2);
        continue;
      }
      const label = labelOf(this.sent.length);
      this.sent.push(label);
      const image = images[(this.sent.length - 1) % images.length] ?? new Uint8Array();
      await this.#sender.send({ op: "file", label }, image);
    }
  }

  /** `null`: there is no daemon yet. */
  async #opened(): Promise<IngestSender | null> {
    const connect = () => dialSocket({ path: this.#path }, "the daemon");
    return IngestSender.open({ connect, stream: "bench" }).catch(() => null);
  }
}
