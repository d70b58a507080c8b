/**
 * `ostwald watch DIR`: analyses frames as they appear in a folder, and shows them.
 *
 * @module
 */
import type { Command } from "commander";
import { FOLDER_CONFIG_KEYS } from "../config/schema.js";
import type { CliContext } from "./context.js";
import { examplesText } from "./context.js";
import type { ExitCode } from "./exit-codes.js";
import { addConfigFlags, configFrom } from "./flags.js";
import type { ServeOptions } from "./watch-folder.js";
import { ledgerText, notesText, serveFolder } from "./watch-folder.js";

export function addWatch(program: Command, { io, run }: CliContext): void {
  const command = program
    .command("watch")
    .description("Analyse the frames that appear in a folder and show them live in a browser.")
    .argument("<dir>", "folder that the microscope writes frames to");
  addConfigFlags(command, FOLDER_CONFIG_KEYS);
  command
    .addHelpText(
      "after",
      examplesText([
        ["ostwald watch /data/run-7", "watch a folder"],
        ["ostwald watch /data/run-7 --pixel-size-nm 0.42", "sizes in nm where the files state no pixel size"],
        ["ostwald watch /data/run-7 --filter nlm --nlm-h 20", "stronger denoising for a low dose"],
        ["ostwald watch /data/run-7 --config run.toml", "options from a file"],
        ["ostwald watch /data/run-7 --ledger none", "record nothing"],
      ]),
    )
    .action((dir: string) => {
      const readConfig = () => configFrom(command);
      return run(readConfig().then((config) => watch(dir, { config, readConfig, io })));
    });
}

function watch(dir: string, options: Pick<ServeOptions, "config" | "readConfig" | "io">): Promise<ExitCode> {
  const { io } = options;
  return serveFolder({
    dir,
    ...options,
    onStarted: (app) =>
      io.stdout(`Ostwald watches ${dir}\n\n  ${app.url}\n\n${ledgerText(app)}${notesText(app)}Ctrl-C ends it.\n`),
  });
}
