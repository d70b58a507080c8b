/**
 * A file that is either whole or not there: written beside its place under a temporary name, then renamed.
 *
 * @module
 */
import type { FileHandle } from "node:fs/promises";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorText, OstwaldError } from "../../stream/base/errors.js";

/** A file that cannot be written. What stood there before is unharmed. */
export class OutputError extends OstwaldError {
  readonly tag = "Output";

  constructor(path: string, cause: unknown) {
    super({
      received: `${path}, which cannot be written (${errorText(cause)})`,
      expected: "a path in an existing folder with room for the results",
      remedy: "Make the folder, free some space, or name another file.",
      cause,
    });
  }
}

export class AtomicFile {
  readonly #path: string;
  readonly #temporaryPath: string;
  readonly #handle: FileHandle;

  private constructor(path: string, temporaryPath: string, handle: FileHandle) {
    this.#path = path;
    this.#temporaryPath = temporaryPath;
    this.#handle = handle;
  }

  /** Begins a file. Raises OutputError, as all methods do; what was written so far is then gone. `suffix` keeps files apart that grow side by side for one path. */
  static async create(path: string, suffix = ""): Promise<AtomicFile> {
    const temporaryPath = join(dirname(path), `.${basename(path)}.${process.pid}${suffix}.tmp`);
    const handle = await open(temporaryPath, "w").catch((cause: unknown) => {
      throw new OutputError(path, cause);
    });
    return new AtomicFile(path, temporaryPath, handle);
  }

  async append(content: string | Uint8Array): Promise<void> {
    await this.#orDiscard(() => this.#handle.appendFile(content));
  }

  /** Puts the file in its place, durably. */
  async commit(): Promise<void> {
    await this.#orDiscard(async () => {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#temporaryPath, this.#path);
    });
  }

  /** Forgets the file. Never raises: it is called on the way out of another error. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#temporaryPath, { force: true }).catch(() => undefined);
  }

  /** A disk without room keeps no remains of what did not fit. */
  async #orDiscard(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (cause) {
      await this.discard();
      throw new OutputError(this.#path, cause);
    }
  }
}

/** Writes a whole file at once. Raises OutputError. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const file = await AtomicFile.create(path);
  try {
    await file.append(text);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}
