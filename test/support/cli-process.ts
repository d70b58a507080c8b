/** The built command line as a process. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/daemon/main.js", import.meta.url));

export interface CliProcess {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** The exit code, when it has ended and all it wrote is here. */
  readonly ended: Promise<number | null>;
}

/** Starts `ostwald` with `args`; on the CPU, as every machine can. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliProcess {
  // What it records is not among the user's data, and is removed at the end.
  const dataDir = mkdtempSync(join(tmpdir(), "ostwald-data-"));
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, XDG_DATA_HOME: dataDir, ...env },
  });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => void out.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void err.push(text));
  const ended = new Promise<number | null>((resolve) =>
    child.once("close", (code) => {
      rmSync(dataDir, { recursive: true, force: true });
      resolve(code);
    }),
  );
  return { child, out: () => out.join(""), err: () => err.join(""), ended };
}

/** Waits until `isTrue`; the runner's timeout ends a wait in vain. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
}
