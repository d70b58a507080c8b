/**
 * Loaded into analyzer processes by `--import`: a frame file whose name begins with `magic-` does harm when it is opened to be read.
 *
 * `magic-abort`, `magic-exit`, `magic-hang` and `magic-stop` end or stop the process; `magic-leak` keeps 400 MB for good; `magic-once-...` does it the first
 * time only, and leaves a file `NAME.lock`, which is never taken for a frame, to remember it.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

const HARM = {
  abort: () => process.abort(),
  exit: () => process.exit(3),
  hang: () => {
    for (;;);
  },
  stop: () => process.kill(process.pid, "SIGSTOP"),
  leak: () => {
    globalThis.leaked = [...(globalThis.leaked ?? []), Buffer.alloc(400e6, 1)];
  },
};

/** Does what the name of a file asks for. */
function harm(path) {
  const [, once, harm] = /magic-(once-)?([a-z]+)[^/]*$/.exec(String(path)) ?? [];
  const mark = `${path}.lock`;
  const isDone = once !== undefined && fs.existsSync(mark);
  if (once !== undefined) fs.writeFileSync(mark, "");
  if (harm !== undefined && !isDone) HARM[harm]?.();
}

if (isMainThread && process.argv[1]?.endsWith("analyzer/process.js")) {
  // Small files are read by the calls that wait.
  for (const calls of [fs, fs.promises]) {
    const name = calls === fs ? "openSync" : "open";
    const own = calls[name];
    calls[name] = (path, ...rest) => {
      harm(path);
      return own(path, ...rest);
    };
  }
  syncBuiltinESMExports();
}
