/**
 * Failures of the system inside the daemon: see shim.c beside this file. Needs a C compiler and Linux; without them, what needs it is skipped.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** `struct control` of shim.c. */
const OFFSET = { writeErrno: 0, inotifyErrno: 4, clockOffsetNs: 8, failures: 16, match: 20 } as const;
const CONTROL_BYTES = 256;

export const ERRNO = { EIO: 5, EMFILE: 24, ENOSPC: 28 } as const;
export type ErrnoName = keyof typeof ERRNO;

let library: string | null | undefined;

/** The compiled shim, made once a process; `null` where it cannot be made. */
function shimLibrary(): string | null {
  if (library !== undefined) return library;
  const source = fileURLToPath(new URL("shim.c", import.meta.url));
  const path = join(mkdtempSync(join(tmpdir(), "ostwald-shim-")), "shim.so");
  try {
    if (process.platform !== "linux") throw new Error("LD_PRELOAD is Linux's");
    execFileSync("cc", ["-shared", "-fPIC", "-O1", "-o", path, source, "-ldl"], { stdio: "ignore" });
    library = path;
  } catch {
    library = null;
  }
  return library;
}

/** Why there is no shim here; `null`: there is. */
export function shimMissing(): string | null {
  return shimLibrary() === null ? "there is no C compiler (cc), or this is not Linux" : null;
}

export class Shim {
  /** What a process is started with to be under it. */
  readonly env: Readonly<Record<string, string>>;
  readonly #fd: number;

  /** `home`: a folder for the file that steers it. */
  constructor(home: string) {
    const path = join(home, "shim-control");
    this.#fd = openSync(path, "w+");
    writeSync(this.#fd, Buffer.alloc(CONTROL_BYTES), 0, CONTROL_BYTES, 0);
    this.env = { LD_PRELOAD: shimLibrary() ?? "", OSTWALD_SHIM: path };
  }

  /** From now on writes to files whose path contains `match` fail so. */
  failWrites(name: ErrnoName, match: string): void {
    const text = Buffer.alloc(CONTROL_BYTES - OFFSET.match);
    text.write(match);
    writeSync(this.#fd, text, 0, text.length, OFFSET.match);
    this.#writeInt(OFFSET.writeErrno, ERRNO[name]);
  }

  /** Writes work again. What they were matched with stays: an empty text, if only for a moment, would match every socket, too. */
  mendWrites(): void {
    this.#writeInt(OFFSET.writeErrno, 0);
  }

  /** From now on the system gives no file events. */
  failWatches(name: ErrnoName | null): void {
    this.#writeInt(OFFSET.inotifyErrno, name === null ? 0 : ERRNO[name]);
  }

  /** The wall clock is off by so much from now on, ms. */
  moveClock(offsetMs: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(Math.round(offsetMs)) * 1_000_000n);
    writeSync(this.#fd, bytes, 0, 8, OFFSET.clockOffsetNs);
  }

  /** How often something was made to fail. */
  get failures(): number {
    const bytes = Buffer.alloc(4);
    readSync(this.#fd, bytes, 0, 4, OFFSET.failures);
    return bytes.readInt32LE();
  }

  close(): void {
    closeSync(this.#fd);
  }

  #writeInt(offset: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    writeSync(this.#fd, bytes, 0, 4, offset);
  }
}
