#!/usr/bin/env node
/**
 * The edge of the process: arguments, streams and signals in, exit code out.
 *
 * @module
 */
import { setFlagsFromString } from "node:v8";
import { EXIT_CODES } from "./cli/exit-codes.js";
import { runCli } from "./cli/program.js";

// What lives is small (30 MB), so that by V8's own measure the messages of a fast stream are collected four times a second, for up to 30 ms that
// frames on their way have to wait. It may grow to five times that.
setFlagsFromString("--heap-growing-percent=400");
// The ledger's thread collects its young objects once a megabyte unless told otherwise, ten times as often as with this; each time some of those
// in use grow old, which makes its memory rise by 30 MB in a quarter of an hour, and fall.
setFlagsFromString("--min-semi-space-size=8");

const stop = new AbortController();

/** The first signal asks to end in order, the second ends at once. */
function onSignal(): void {
  if (stop.signal.aborted) process.exit(EXIT_CODES.defect);
  stop.abort();
}

process.on("SIGINT", onSignal);
process.on("SIGTERM", onSignal);
// Whose terminal has gone ends; a service is told by the same signal to read its configuration again.
if (process.stderr.isTTY) process.on("SIGHUP", onSignal);
// Started by another Ostwald (the recorder of `demo`): ends with it, whatever became of it.
if (process.connected) process.on("disconnect", () => stop.abort());
// Whoever read the output has gone (`ostwald doctor | head`); that is no error.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stop.abort());

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  stop: stop.signal,
  onSignal: (signal, work) => {
    if (signal === "SIGHUP" && process.stderr.isTTY) return () => undefined;
    process.on(signal, work);
    return () => process.off(signal, work);
  },
});
if (process.connected) process.disconnect();
