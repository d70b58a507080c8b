/**
 * Frames that take little to analyse, for tests of what happens around the analysis.
 *
 * @module
 */
import { startCli } from "./cli-process.js";

const SCENE = ["--particles", "6", "--edge-px", "96", "--field-of-view-nm", "192", "--size-nm", "20"];

/** Fills a new folder with `count` small frames. */
export async function smallFrames(dir: string, count: number): Promise<string> {
  await startCli(["simulate", "--into", dir, "--frames", String(count), "--no-truth", ...SCENE]).ended;
  return dir;
}

/** The quickest way through a daemon, on any free port. */
export const QUICK_FLAGS: readonly string[] = [
  ...["--port", "0", "--log-level", "warn", "--analyzers", "1", "--gpu", "off"],
  ...["--segmenter", "threshold", "--filter", "none", "--min-area-px2", "5"],
];
