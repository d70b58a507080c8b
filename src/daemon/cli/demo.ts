/**
 * `ostwald demo`: a simulated microscope, so that everything can be seen at work before there are frames of one's own.
 *
 * @module
 */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { errorText } from "../../stream/base/errors.js";
import type { App } from "../app.js";
import type { Config } from "../config/schema.js";
import { AUTO_LEDGER, DEFAULT_CONFIG, FOLDER_CONFIG_KEYS } from "../config/schema.js";
import { LEDGER_SUFFIX } from "../ledger/place.js";
import type { CliContext } from "./context.js";
import { examplesText } from "./context.js";
import type { ExitCode } from "./exit-codes.js";
import { addConfigFlags, configFrom } from "./flags.js";
import { freePort } from "./free-port.js";
import type { CliIo } from "./io.js";
import { notesText, serveFolder } from "./watch-folder.js";

/** Frames a second: what two cores analyse with the model, with room to spare. */
const FRAMES_PER_SECOND = 4;
/** Frames that stay on disk, about 12 MB: more than wait for the analyzer at any time. */
const KEPT_FRAMES = 50;
/** A demo shows what happens now, also where the machine is too slow for every frame. */
const DEMO_CONFIG: Config = Object.freeze({ ...DEFAULT_CONFIG, cadence: "latest" });

export function addDemo(program: Command, { io, run }: CliContext): void {
  const command = program
    .command("demo", { isDefault: true })
    .description("Watch a simulated microscope; this is what runs when no command is named.");
  addConfigFlags(command, FOLDER_CONFIG_KEYS, DEMO_CONFIG);
  command
    .addHelpText(
      "after",
      examplesText([
        ["ostwald demo", "show the simulated microscope"],
        ["ostwald demo --segmenter threshold --filter nlm", "begin with other settings"],
      ]),
    )
    .action(() => {
      const readConfig = () => configFrom(command, DEMO_CONFIG);
      return run(readConfig().then((config) => demo(config, readConfig, io)));
    });
}

async function demo(config: Config, readConfig: () => Promise<Config>, io: CliIo): Promise<ExitCode> {
  const home = await mkdtemp(join(tmpdir(), "ostwald-demo-"));
  const dir = join(home, "frames");
  await mkdir(dir);
  // The frames are gone at the end, and so is their record, unless a place for it was named.
  const ledger = config.ledger === AUTO_LEDGER ? join(home, `demo${LEDGER_SUFFIX}`) : config.ledger;
  const port = await freePort(config.host, config.port);
  const recorders: ChildProcess[] = [];
  try {
    return await serveFolder({
      dir,
      config: { ...config, port, ledger },
      readConfig: async () => ({ ...(await readConfig()), port, ledger }),
      io,
      onStarted(app) {
        recorders.push(startRecorder(dir, io));
        io.stdout(greeting(app));
      },
    });
  } finally {
    await Promise.all(recorders.map(endOf));
    await rm(home, { recursive: true, force: true });
  }
}

function greeting(app: App): string {
  return (
    `A simulated microscope records nanoparticles in liquid; Ostwald counts and measures them live.\n\n  ${app.url}\n\n` +
    `${notesText(app)}Open the address in a browser. Your own frames: ostwald watch DIR. Ctrl-C ends it.\n`
  );
}

/** The microscope is a process of its own, as a real one is. It ends with this one, by its channel. */
function startRecorder(dir: string, io: CliIo): ChildProcess {
  const main = fileURLToPath(new URL("../main.js", import.meta.url));
  const pace = ["--rate", String(FRAMES_PER_SECOND), "--frames", "0", "--keep", String(KEPT_FRAMES)];
  const args = ["simulate", "--into", dir, "--movie", ...pace, "--no-truth"];
  const recorder = spawn(process.execPath, [main, ...args], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  recorder.on("error", (error) => io.stderr(`The simulated microscope did not start: ${errorText(error)}\n`));
  recorder.on("exit", (code, signal) => {
    if (io.stop.aborted || recorder.killed) return;
    io.stderr(`The simulated microscope has ended (${signal ?? `exit code ${code}`}); no new frames come.\n`);
  });
  return recorder;
}

async function endOf(recorder: ChildProcess): Promise<void> {
  if (recorder.exitCode !== null || recorder.signalCode !== null || recorder.pid === undefined) return;
  const ended = once(recorder, "exit");
  recorder.kill("SIGTERM");
  await ended;
}
