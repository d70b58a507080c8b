/**
 * `ostwald receive ADDRESS...`: analyses frames that come over sockets, and shows them.
 *
 * @module
 */
import type { Command } from "commander";
import { configSchema } from "../config/schema.js";
import { addressExamples } from "../sources/open-source.js";
import type { CliContext } from "./context.js";
import { examplesText } from "./context.js";
import type { ExitCode } from "./exit-codes.js";
import { addConfigFlags, configFrom } from "./flags.js";
import type { ServeOptions } from "./watch-folder.js";
import { ledgerText, notesText, serveAddresses, sourcesText } from "./watch-folder.js";

export function addReceive(program: Command, { io, run }: CliContext): void {
  const command = program
    .command("receive")
    .description("Analyse the frames that come from any number of sources and show them live in a browser.")
    .argument("<address...>", `where frames come from: ${addressExamples().join(", ")}`);
  addConfigFlags(command, configSchema.keyof().options);
  command
    .addHelpText(
      "after",
      examplesText([
        ["ostwald receive tcp://127.0.0.1:1897", "programs connect and hand frames over"],
        ["ostwald receive unix:///run/user/1000/frames.sock ws:///ingest", "over a unix socket and by WebSocket"],
        ["ostwald receive tcp://0.0.0.0:1897 --ingest-token-file token", "from other machines"],
        ["ostwald receive tcp://127.0.0.1:1897 --announce-root /mnt/share", "files of a share, by their paths"],
        ["ostwald receive /data/left /data/right", "two folders at once, in one ledger"],
        ["ostwald receive merlin://10.0.0.7:6342 --segmenter threshold", "the frames of a Merlin"],
        ["ostwald receive dectris://10.0.0.8:31001", "the images of a DECTRIS detector"],
      ]),
    )
    .action((addresses: readonly string[]) =>
      run(
        configFrom(command).then((config) => receive(addresses, { config, readConfig: () => configFrom(command), io })),
      ),
    );
}

function receive(
  addresses: readonly string[],
  options: Pick<ServeOptions, "config" | "readConfig" | "io">,
): Promise<ExitCode> {
  const { io } = options;
  return serveAddresses({
    addresses,
    ...options,
    onStarted: (app, sources) =>
      io.stdout(
        `Ostwald receives frames\n\n${sourcesText(sources)}  ${app.url}\n\n${ledgerText(app)}${notesText(app)}Ctrl-C ends it.\n`,
      ),
  });
}
