/** An in-process command line: what it printed, and a signal to end it. */
import type { CliIo } from "../../src/daemon/cli/io.js";

export interface TestIo extends CliIo {
  readonly out: () => string;
  readonly err: () => string;
  readonly end: () => void;
}

export function createTestIo({ isTerminal = false } = {}): TestIo {
  const out: string[] = [];
  const err: string[] = [];
  const stop = new AbortController();
  return {
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    isTerminal,
    stop: stop.signal,
    out: () => out.join(""),
    err: () => err.join(""),
    end: () => stop.abort(),
  };
}
