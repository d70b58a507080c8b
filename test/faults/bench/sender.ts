/**
 * Whoever produces frames: writes them all along, whatever becomes of the daemon, a bounded number ahead of what is recorded.
 *
 * @module
 */
import { linkSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replaceFile } from "../../support/test-files.js";
import { pause } from "../../support/waiting.js";

export interface SenderOptions {
  readonly images: readonly Uint8Array[];
  /** Frames that may be sent and not have ended. */
  readonly ahead: number;
  /** Whether a client was told how this frame ended, for good. */
  readonly hasEnded: (label: string) => boolean;
}

/** A source's other side. */
export interface FrameSender {
  /** The command that takes its frames, with its arguments. */
  readonly command: readonly string[];
  /** Labels of the frames sent so far, in order. Frame `i` shows image `i` modulo their number. */
  readonly sent: readonly string[];
  start(): void;
  /** Makes no more frames; resolves when the last one is out. Those on their way still get there. */
  stop(): Promise<void>;
  close(): void;
}

/** How many frames stay in the folder after they have ended: a restart must know them all as recorded. */
const KEPT = 100;

/** Writes frames into a folder by renaming, as careful software does, and removes old ones that have ended. */
export class FolderSender implements FrameSender {
  readonly command: readonly string[];
  readonly #frames: string[] = [];
  readonly #extra: string[] = [];
  readonly #dir: string;
  readonly #options: SenderOptions;
  readonly #kept: number;
  #unended = 0;
  #removed = 0;
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();

  /** `kept`: frames that stay in the folder after they have ended. */
  constructor(dir: string, options: SenderOptions, kept = KEPT) {
    this.#dir = dir;
    this.#kept = kept;
    this.#options = options;
    this.command = ["watch", dir];
  }

  get sent(): readonly string[] {
    return [...this.#frames, ...this.#extra];
  }

  start(): void {
    this.#running = this.#run();
  }

  close(): void {}

  /** One frame under a name of its own, between the others. */
  async add(label: string): Promise<void> {
    this.#extra.push(label);
    await replaceFile(join(this.#dir, label), this.#options.images[0] ?? new Uint8Array());
  }

  /** Makes `count` files at once: links, which are made at ten times the rate of files. The others wait meanwhile. */
  async burst(count: number): Promise<void> {
    await this.stop();
    const { images } = this.#options;
    const originals = await mkdtemp(join(tmpdir(), "ostwald-burst-"));
    const paths = images.map((_, index) => join(originals, `${index}.tif`));
    await Promise.all(paths.map((path, index) => writeFile(path, images[index] ?? "")));
    for (let i = 0; i < count; i += 1) {
      const label = labelOf(this.#frames.length);
      linkSync(paths[this.#frames.length % paths.length] ?? "", join(this.#dir, label));
      this.#frames.push(label);
    }
    await rm(originals, { recursive: true });
    this.#isStopped = false;
    this.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { images, ahead, hasEnded } = this.#options;
    while (!this.#isStopped) {
      while (this.#unended < this.#frames.length && hasEnded(this.#frames[this.#unended] ?? "")) this.#unended += 1;
      if (this.#frames.length - this.#unended >= ahead) {
        await pause(2);
        continue;
      }
      const label = labelOf(this.#frames.length);
      this.#frames.push(label);
      await replaceFile(join(this.#dir, label), images[(this.#frames.length - 1) % images.length] ?? new Uint8Array());
      await this.#forget();
    }
  }

  async #forget(): Promise<void> {
    while (this.#removed < this.#unended - this.#kept) {
      await rm(join(this.#dir, labelOf(this.#removed)), { force: true });
      this.#removed += 1;
    }
  }
}

/** The name of frame `index`, from 0. */
export function labelOf(index: number): string {
  return `frame_${String(index + 1).padStart(6, "0")}.tif`;
}
