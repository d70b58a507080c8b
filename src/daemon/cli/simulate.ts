/**
 * `ostwald simulate --into DIR`: frames of a simulated microscope, with the truth about them.
 *
 * @module
 */
import { join } from "node:path";
import type { Command } from "commander";
import type { SimulatedFrame } from "../../stream/source/simulated/camera.js";
import { createMovie } from "../../stream/source/simulated/movie.js";
import { recordFrames } from "../../stream/source/simulated/recorder.js";
import { simulateFrame } from "../../stream/source/simulated/simulate-frame.js";
import type { OptionDescription } from "../config/describe.js";
import { describeOptions } from "../config/describe.js";
import { COMMAND_LINE, validateOptions } from "../config/validate.js";
import type { CliContext } from "./context.js";
import { examplesText } from "./context.js";
import type { ExitCode } from "./exit-codes.js";
import { EXIT_CODES } from "./exit-codes.js";
import { addFlags, givenFlags } from "./flags.js";
import type { CliIo } from "./io.js";
import type { SimulateOptions } from "./simulate/options.js";
import { DEFAULT_SIMULATE, MOVIE_DEFAULTS, movieFrom, sceneFrom, simulateSchema } from "./simulate/options.js";

/** Rest between two pieces of a file, ms: long enough for a watcher to see it unfinished. */
const PIECE_PAUSE_MS = 5;

export function addSimulate(program: Command, { io, run }: CliContext): void {
  const command = program
    .command("simulate")
    .description("Write frames of a simulated microscope into a folder, with the truth about every particle.")
    .requiredOption("--into <dir>", "folder for the frames, made when it is not there");
  addFlags(command, "Simulation options:", simulateOptions());
  command
    .addHelpText(
      "after",
      examplesText([
        ["ostwald simulate --into frames --frames 20 --snr 7.487", "20 noisy fields of view"],
        ["ostwald simulate --into frames --movie --rate 10 --frames 0", "a movie in real time, until Ctrl-C"],
        ["ostwald simulate --into frames --shape rod --size-nm 65 --format tiff --depth 16", "rods, as 16-bit TIFF"],
      ]),
    )
    .action(() => run(simulate(command, io)));
}

function simulateOptions(): readonly OptionDescription[] {
  return describeOptions(simulateSchema, DEFAULT_SIMULATE);
}

async function simulate(command: Command, io: CliIo): Promise<ExitCode> {
  const { into, movie = false } = command.opts<{ readonly into: string; readonly movie?: boolean }>();
  const flags = givenFlags(command, simulateOptions());
  const defaults = movie ? MOVIE_DEFAULTS : DEFAULT_SIMULATE;
  const options = validateOptions(simulateSchema, defaults, [{ where: COMMAND_LINE, values: flags }]);
  const written = await record(into, options, io.stop);
  io.stdout(`${written} ${written === 1 ? "frame" : "frames"} in ${into}\n`);
  return written < options.frames ? EXIT_CODES.interrupted : EXIT_CODES.ok;
}

function record(directory: string, options: SimulateOptions, signal: AbortSignal): Promise<number> {
  const { format, rate, frames, pieces, truth, keep } = options;
  return recordFrames(frameMaker(options), {
    directory,
    format,
    framesPerS: rate,
    count: frames === 0 ? null : frames,
    delivery: pieces === 1 ? { kind: "rename" } : { kind: "pieces", pieces, pauseMs: PIECE_PAUSE_MS },
    truthDirectory: truth ? join(directory, "truth") : null,
    keepLast: keep === 0 ? null : keep,
    signal,
  });
}

/** Gives frame after frame: of one movie, or of fields of view whose seeds follow each other. */
function frameMaker(options: SimulateOptions): () => SimulatedFrame {
  if (options.movie) {
    const movie = createMovie(movieFrom(options), options.seed);
    return () => movie.next();
  }
  const scene = sceneFrom(options);
  let seed = options.seed;
  return () => simulateFrame(scene, seed++);
}
