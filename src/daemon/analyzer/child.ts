/**
 * One analyzer process as the daemon sees it: a pipe and a way to end it.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { createInterface } from "node:readline";
import { Duplex, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { openLink } from "./link.js";
import type { AnalyzerOptions, FrameIn, FromAnalyzer } from "./messages.js";

/** File descriptor of the link in the analyzer process; 0 to 2 are its standard streams. */
export const LINK_FD = 3;
/** The process beats there: a line with its resident memory, bytes. */
export const BEAT_FD = 4;

/**
 * Frames lie outside the JavaScript heap, which stays tiny; left alone it is collected every second frame because of them, for a
 * fifth of the time.
 */
const HEAP_FLAG = "--initial-old-space-size=128";

/**
 * Analysis takes what intake leaves: with both processors busy analysing, a detector's frames would wait for tens of milliseconds. Set before
 * the process has begun, so that all of its threads have it.
 */
const PRIORITY = constants.priority.PRIORITY_BELOW_NORMAL;

const NO_BYTES = new Uint8Array();

/** How a process ended. */
export interface Death {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface AnalyzerChild {
  readonly pid: number | null;
  send(frame: FrameIn): void;
  /** Lets it end by itself: it does when its link closes and no frame is under way. */
  end(): void;
  /** Ends it now. */
  kill(): void;
}

export interface ChildEvents {
  readonly message: (message: FromAnalyzer) => void;
  /** Called about once a second, also while the process computes. */
  readonly beat: (residentBytes: number) => void;
  /** Called with each line that the process or a native library in it prints. */
  readonly printed: (line: string) => void;
  /** Called once, also when the process could not be started. */
  readonly death: (death: Death) => void;
}

/** Starts an analyzer process. */
export type SpawnAnalyzer = (options: AnalyzerOptions, on: ChildEvents) => AnalyzerChild;

/** Starts the analyzer that was built beside this file. */
export const spawnAnalyzer: SpawnAnalyzer = (options, on) => {
  const entry = fileURLToPath(new URL("./process.js", import.meta.url));
  const child = spawn(process.execPath, [HEAP_FLAG, entry, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    // onnxruntime writes usage files into the temporary folder and has an address to send them to; measurements stay here.
    env: { ...process.env, ORT_DISABLE_TELEMETRY: "1" },
  });
  if (child.pid !== undefined) lowerPriority(child.pid);
  let isDead = false;
  // A daemon that ends at once takes its analyzers along: one that is stopped would not see its link close.
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const die = (death: Death) => {
    if (isDead) return;
    isDead = true;
    process.off("exit", kill);
    on.death(death);
  };
  child.on("error", () => die({ exitCode: null, signal: null }));
  child.on("exit", (exitCode, signal) => die({ exitCode, signal }));
  for (const output of [child.stdout, child.stderr]) {
    if (output !== null) createInterface({ input: output }).on("line", on.printed);
  }
  const beats = child.stdio[BEAT_FD];
  if (beats instanceof Readable) {
    beats.on("error", () => undefined);
    createInterface({ input: beats }).on("line", (line) => on.beat(Number(line)));
  }
  const stream = child.stdio[LINK_FD];
  if (!(stream instanceof Duplex)) throw new TypeError("the analyzer's link is not a duplex stream");
  // A dead process breaks the pipe; its death is told by `exit`, once.
  stream.on("error", () => undefined);
  const link = openLink<FrameIn, FromAnalyzer>(stream, {
    message: on.message,
    broken: kill,
  });
  return {
    pid: child.pid ?? null,
    send: (frame) => {
      const { payload } = frame;
      if (payload.kind === "file") link.send(frame);
      else link.send({ ...frame, payload: { ...payload, bytes: NO_BYTES } }, payload.bytes);
    },
    end: () => stream.end(),
    kill,
  };
};

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, PRIORITY);
  } catch {
    // Where the system does not let us, frames are analysed all the same.
  }
}

/** A death in words: `SIGSEGV`, `exit code 1`. */
export function deathText(death: Death): string {
  if (death.signal !== null) return death.signal;
  return death.exitCode === null ? "a failure to start" : `exit code ${death.exitCode}`;
}
