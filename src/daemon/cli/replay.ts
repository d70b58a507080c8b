/**
 * `ostwald replay RECORDING`: plays a recording through the same way as live frames, at its own pace.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { ByteSource } from "../../stream/decode/format.js";
import { inspectImage } from "../../stream/decode/resolve.js";
import { systemClock } from "../../stream/flow/clock.js";
import { createReplaySource, FALLBACK_FRAMES_PER_S } from "../../stream/source/replay/replay-source.js";
import type { Config } from "../config/schema.js";
import { FOLDER_CONFIG_KEYS } from "../config/schema.js";
import { findRun, ledgersOfUser, openToRead } from "../ledger/open-to-read.js";
import type { CliContext } from "./context.js";
import { examplesText } from "./context.js";
import { UsageError } from "./errors.js";
import type { ExitCode } from "./exit-codes.js";
import { addConfigFlags, configFrom } from "./flags.js";
import type { CliIo } from "./io.js";
import { type Recording, recordingOfPath, recordingOfRun } from "./replay/recording.js";
import { ledgerText, notesText, serveSources } from "./watch-folder.js";

interface ReplayFlags {
  readonly speed: string;
  readonly rate?: string;
  readonly from?: string;
  readonly stay?: boolean;
}

export function addReplay(program: Command, { io, run }: CliContext): void {
  const command = program
    .command("replay")
    .description("Play a recording through the same way as live frames, at its own pace.")
    .argument("<recording>", "a file, a folder, or the number or name of a recorded run (latest: the last one)")
    .option(
      "--speed <factor>",
      "1: as it was recorded; 10: ten times as fast; max: as fast as frames are analysed",
      "1",
    )
    .option(
      "--rate <number>",
      `frames a second at speed 1, whatever the recording says (without times: ${FALLBACK_FRAMES_PER_S})`,
    )
    .option("--from <ledger>", "the ledger that the run is in; else all those among the data of the user")
    .option("--stay", "keep the daemon and its dashboard after the last frame");
  addConfigFlags(command, FOLDER_CONFIG_KEYS);
  command
    .addHelpText(
      "after",
      examplesText([
        ["ostwald replay movie.mrc --rate 25", "a stack, at 25 frames/s"],
        ["ostwald replay /data/run-7 --speed 10", "a folder, ten times as fast as its files were written"],
        ["ostwald replay run-3 --speed max --segmenter threshold", "a recorded run, with other settings"],
      ]),
    )
    .action((recording: string) =>
      run(configFrom(command).then((config) => replay(recording, { command, config, io }))),
    );
}

interface ReplayTask {
  readonly command: Command;
  readonly config: Config;
  readonly io: CliIo;
}

async function replay(recording: string, { command, config, io }: ReplayTask): Promise<ExitCode> {
  const { speed, rate, from, stay = false } = command.opts<ReplayFlags>();
  const pace = { speed: speed === "max" ? Number.POSITIVE_INFINITY : positive("--speed", speed), framesPerS: null };
  const { title, frames } = await recordingNamed(recording, from, config);
  const source = createReplaySource({
    name: `replay:${existsSync(recording) ? resolve(recording) : title}`,
    runName: `replay of ${title}`,
    keyPrefix: `${randomUUID()}/`,
    frames,
    ...pace,
    ...(rate === undefined ? {} : { framesPerS: positive("--rate", rate) }),
    clock: systemClock,
  });
  return serveSources({
    sources: [source],
    folders: [],
    readConfig: () => configFrom(command),
    config,
    io,
    onStarted: (app) =>
      io.stdout(`Ostwald replays ${title}\n\n  ${app.url}\n\n${ledgerText(app)}${notesText(app)}Ctrl-C ends it.\n`),
    ...(stay ? {} : { ended: source.done }),
  });
}

/** What is there as a file or folder, else the run of this name. Raises UsageError, RunUnknownError, LedgerUnreadableError. */
async function recordingNamed(recording: string, from: string | undefined, config: Config): Promise<Recording> {
  const options = { recursive: config.recursive, inspect: (source: ByteSource) => inspectImage(source, config) };
  if (from === undefined && existsSync(recording)) return recordingOfPath(recording, options);
  const ledgers = (from === undefined ? ledgersOfUser() : [from]).map(openToRead);
  return recordingOfRun(findRun(ledgers, recording), options);
}

function positive(flag: string, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError({
    received: `${flag} ${text}`,
    expected: flag === "--speed" ? "a number above 0, or max" : "a number above 0",
    remedy: `Correct ${flag}.`,
  });
}
