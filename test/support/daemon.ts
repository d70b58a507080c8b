/**
 * The built daemon as a user runs it: a process, a folder, an address.
 *
 * @module
 */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ENTRY = fileURLToPath(new URL("../../dist/daemon/main.js", import.meta.url));

export interface ReceiverProcess {
  readonly url: string;
  readonly process: ChildProcess;
  /** All it has written to standard error so far. */
  log(): string;
  /** All it has written to standard output so far. */
  out(): string;
  /** Its exit code, once it has one; `null` after a signal that ended it. */
  readonly ended: Promise<number | null>;
  /** Asks it to end, as a service manager does, and gives its exit code. */
  stop(): Promise<number | null>;
}

export interface DaemonProcess extends ReceiverProcess {
  /** The folder it watches; a new one is removed by `stop`. */
  readonly dir: string;
}

/** Starts `ostwald watch` on `watched`, or on a new, empty folder; resolves when it has printed its address. */
export async function startDaemon(
  flags: readonly string[] = [],
  watched?: string,
  env: Readonly<Record<string, string>> = {},
): Promise<DaemonProcess> {
  const dir = watched ?? (await mkdtemp(join(tmpdir(), "ostwald-test-")));
  const daemon = await startCommand(["watch", dir, ...flags], env);
  return {
    ...daemon,
    dir,
    async stop() {
      const code = await daemon.stop();
      if (watched === undefined) await rm(dir, { recursive: true, force: true });
      return code;
    },
  };
}

/** Starts `ostwald receive` on `addresses`; resolves when it has printed its address. */
export function startReceiver(addresses: readonly string[], flags: readonly string[] = []): Promise<ReceiverProcess> {
  return startCommand(["receive", ...addresses, ...flags]);
}

async function startCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ReceiverProcess> {
  // The ledger of a test is not among the user's data, and begins empty.
  const dataDir = await mkdtemp(join(tmpdir(), "ostwald-data-"));
  const child = spawn(process.execPath, [ENTRY, ...args, "--port", "0"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, XDG_DATA_HOME: dataDir, ...env },
  });
  let out = "";
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) =>
    child.once("exit", (code) => {
      rmSync(dataDir, { recursive: true, force: true });
      resolve(code);
    }),
  );
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      const address = /http:\/\/\S+/.exec(out)?.[0];
      if (address !== undefined) resolve(address);
    });
    void ended.then((code) => reject(new Error(`the daemon ended with code ${code} before it was ready:\n${log}`)));
  });
  return {
    url,
    process: child,
    log: () => log,
    out: () => out,
    ended,
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}
