/**
 * `ostwald simulate --into DIR`: frames of a simulated microscope, with the truth about them; `--to ADDRESS`: over a socket, for load.
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
import { UsageError } from "./errors.js";
import type { ExitCode } from "./exit-codes.js";
import { EXIT_CODES } from "./exit-codes.js";
import { addFlags, givenFlags } from "./flags.js";
import type { CliIo } from "./io.js";
import type { SimulateOptions } from "./simulate/options.js";
import { DEFAULT_SIMULATE, MOVIE_DEFAULTS, movieFrom, sceneFrom, simulateSchema } from "./simulate/options.js";
import type { SendOptions } from "./simulate/send.js";
import { reportText, sendFrames } from "./simulate/send.js";

/** Rest between two pieces of a file, ms: long enough for a watcher to see it unfinished. */
const PIECE_PAUSE_MS = 5;

export function addSimulate(program: Command, { io, run }: CliContext): void {
  const command = program
    .command("simulate")
    .description(
      "Write frames of a simulated microscope into a folder, with the truth about every particle, or send them.",
    )
    .option("--into <dir>", "folder for the frames, made when it is not there")
    .option(
      "--to <address>",
      "where `ostwald receive` takes frames: tcp://HOST:PORT, unix:///PATH, ws://HOST:PORT/ingest",
    )
    .option("--token-file <file>", "file with the token that the daemon wants");
  addFlags(command, "Simulation options:", simulateOptions());
  command
    .addHelpText(
      "after",
      examplesText([
        ["ostwald simulate --into frames --frames 20 --snr 7.487", "20 noisy fields of view"],
        ["ostwald simulate --into frames --movie --rate 10 --frames 0", "a movie in real time, until Ctrl-C"],
        [
          "ostwald simulate --to tcp://127.0.0.1:1897 --rate 100 --frames 6000",
          "a minute of load for `ostwald receive`",
        ],
        ["ostwald simulate --into frames --shape rod --size-nm 65 --format tiff --depth 16", "rods, as 16-bit TIFF"],
      ]),
    )
    .action(() => run(simulate(command, io)));
}

function simulateOptions(): readonly OptionDescription[] {
  return describeOptions(simulateSchema, DEFAULT_SIMULATE);
}

interface Places {
  readonly into?: string;
  readonly to?: string;
  readonly tokenFile?: string;
  readonly movie?: boolean;
}

async function simulate(command: Command, io: CliIo): Promise<ExitCode> {
  const { into, to, tokenFile = null, movie = false } = command.opts<Places>();
  const flags = givenFlags(command, simulateOptions());
  const defaults = movie ? MOVIE_DEFAULTS : DEFAULT_SIMULATE;
  const options = validateOptions(simulateSchema, defaults, [{ where: COMMAND_LINE, values: flags }]);
  if (into !== undefined && to === undefined) return write(into, options, io);
  if (to !== undefined && into === undefined) return send({ address: to, tokenFile }, options, io);
  throw new UsageError({
    received: into === undefined ? "neither --into nor --to" : "both --into and --to",
    expected: "one of them: a folder to write frames into, or an address to send them to",
    remedy: "See `ostwald simulate --help`.",
  });
}

async function write(into: string, options: SimulateOptions, io: CliIo): Promise<ExitCode> {
  const written = await record(into, options, io.stop);
  io.stdout(`${written} ${written === 1 ? "frame" : "frames"} in ${into}\n`);
  return written < options.frames ? EXIT_CODES.interrupted : EXIT_CODES.ok;
}

async function send(
  where: Pick<SendOptions, "address" | "tokenFile">,
  options: SimulateOptions,
  io: CliIo,
): Promise<ExitCode> {
  const { rate, frames, distinct } = options;
  const next = frameMaker(options);
  const report = await sendFrames({
    ...where,
    makeFrame: () => next().frame,
    distinct,
    count: frames === 0 ? null : frames,
    framesPerS: rate,
    stop: io.stop,
  });
  io.stdout(reportText(report));
  return report.sent < frames ? EXIT_CODES.interrupted : EXIT_CODES.ok;
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
