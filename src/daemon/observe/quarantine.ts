/**
 * Keeps frames that have killed their analyzer, with the reason, for whoever looks for the defect.
 *
 * @module
 */
import { copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { QueuedFrame } from "../../stream/flow/intake.js";
import type { Logger } from "./log.js";

/** Frames that are kept; the oldest make room. */
const FRAME_LIMIT = 32;
/** Files larger than this stay where they are, and only their path is kept, bytes. */
const COPY_LIMIT_BYTES = 64 * 1024 * 1024;
const RECORD = ".json";

export interface QuarantineOptions {
  /** Made when it is needed; `null` keeps nothing. */
  readonly dir: string | null;
  readonly log: Logger;
}

export class Quarantine {
  readonly #options: QuarantineOptions;
  #count = 0;
  #work: Promise<void>;

  constructor(options: QuarantineOptions) {
    this.#options = options;
    this.#work = this.#tidy().catch(() => undefined);
  }

  /** Frames that are kept. */
  get count(): number {
    return this.#count;
  }

  /** A sentence for health, where there is anything to say. */
  notes(): readonly string[] {
    if (this.#count === 0) return [];
    const frames = this.#count === 1 ? "1 frame has" : `${this.#count} frames have`;
    return [`${frames} killed the analyzer and can be found in ${this.#options.dir}.`];
  }

  /** Keeps a frame and why. Never rejects: what cannot be kept is logged. */
  keep(frame: QueuedFrame, reason: string): Promise<void> {
    this.#work = this.#work
      .then(() => this.#keep(frame, reason))
      .catch((error: unknown) =>
        this.#options.log.warn({ event: "quarantine-failed", err: error }, "a poison frame could not be kept"),
      );
    return this.#work;
  }

  async #keep({ seq, source, frame }: QueuedFrame, reason: string): Promise<void> {
    const { dir } = this.#options;
    if (dir === null) return;
    await mkdir(dir, { recursive: true });
    const name = `${String(seq).padStart(9, "0")}-${frame.label.replaceAll(/[^\p{L}\p{N}._#-]/gu, "_").slice(-100)}`;
    const { payload, key, label, receivedAtMs } = frame;
    const facts: Record<string, unknown> = { ...payload };
    if (payload.kind === "file") {
      if (payload.fingerprint.sizeBytes <= COPY_LIMIT_BYTES) await copyFile(payload.path, join(dir, name));
    } else {
      const data = Object.entries(payload).find(([, value]) => ArrayBuffer.isView(value));
      if (data !== undefined) {
        await writeFile(join(dir, name), data[1]);
        facts[data[0]] = name;
      }
    }
    const record = { seq, source, label, key, receivedAtMs, reason, payload: facts };
    await writeFile(join(dir, `${name}${RECORD}`), `${JSON.stringify(record, null, 2)}\n`);
    await this.#tidy();
  }

  async #tidy(): Promise<void> {
    const { dir } = this.#options;
    if (dir === null) return;
    const records = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith(RECORD)).toSorted();
    for (const record of records.slice(0, -FRAME_LIMIT)) {
      await rm(join(dir, record), { force: true });
      await rm(join(dir, record.slice(0, -RECORD.length)), { force: true });
    }
    this.#count = Math.min(records.length, FRAME_LIMIT);
  }
}
