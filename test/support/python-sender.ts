/**
 * The example script of clients/python, as a user runs it.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const { OSTWALD_PYTHON: PYTHON = "python3" } = process.env;
const SCRIPT = fileURLToPath(new URL("../../clients/python/send_frames.py", import.meta.url));

export const HAS_PYTHON = spawnSync(PYTHON, ["--version"]).status === 0;
/** Discs in each of its frames. */
export const DISCS = 6;
/** Bytes of one of its messages, at least. */
export const MESSAGE_BYTES = 96 * 96;

/** Runs it to its end; gives its exit code and all that it printed. */
export function sendFrames(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly printed: string }> {
  const child = spawn(PYTHON, [SCRIPT, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  // A test that fails leaves nothing behind that tries for ever.
  onTestFinished(() => void child.kill());
  let printed = "";
  for (const output of [child.stdout, child.stderr])
    output.setEncoding("utf8").on("data", (text: string) => (printed += text));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, printed })));
}
