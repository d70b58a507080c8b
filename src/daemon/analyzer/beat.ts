/**
 * A thread of the analyzer process that says it lives, whatever keeps the main thread busy.
 *
 * Inference blocks the main thread for as long as it takes, so that silence there means nothing. A process that is stopped, or that
 * the kernel has taken off, stops in this thread too. Each beat is a line with the resident memory of the process, bytes.
 *
 * @module
 */
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";

/** Time between two beats, ms. */
const BEAT_INTERVAL_MS = 1_000;

const fd = Number(workerData);

function beat(): void {
  try {
    writeSync(fd, `${process.memoryUsage.rss()}\n`);
  } catch {
    // Nobody reads: the daemon is busy, and has older beats waiting, or gone, and the process ends by its link.
  }
}

beat();
setInterval(beat, BEAT_INTERVAL_MS);
