/**
 * `ostwald stop`, `abort`, `reload`, `dump`: what a running daemon is asked.
 *
 * @module
 */
import type { Command } from "commander";
import type { ControlAction } from "../../stream/protocol/messages.js";
import { DEFAULT_CONFIG } from "../config/schema.js";
import { askDaemon } from "../server/control-client.js";
import type { CliContext } from "./context.js";
import { examplesText } from "./context.js";
import { UsageError } from "./errors.js";
import { EXIT_CODES } from "./exit-codes.js";

/** What a command does, and what it says when that is done. */
const COMMANDS: Readonly<Record<ControlAction, { readonly does: string; readonly done: string }>> = {
  stop: { does: "End a running daemon: frames at the analyzer are finished first.", done: "The daemon has ended." },
  abort: {
    does: "End a running daemon now: frames at the analyzer are left to the next one.",
    done: "The daemon has ended.",
  },
  reload: { does: "Let a running daemon read its configuration again.", done: "The configuration is in force." },
  dump: {
    does: "Let a running daemon write down its last decisions.",
    done: "The recording is in the daemon's faultDir.",
  },
};

const DEFAULT_URL = `http://${DEFAULT_CONFIG.host}:${DEFAULT_CONFIG.port}/`;

/** Adds a command for each action. */
export function addControl(program: Command, { io, run }: CliContext): void {
  for (const action of ["stop", "abort", "reload", "dump"] as const) {
    const { does, done } = COMMANDS[action];
    program
      .command(action)
      .description(does)
      .argument("[url]", "address that the daemon has printed", DEFAULT_URL)
      .addHelpText("after", examplesText([[`ostwald ${action}`, `the daemon at ${DEFAULT_URL}`]]))
      .action((url: string) => {
        const work = async () => {
          await askDaemon(checked(url), action);
          io.stdout(`${done}\n`);
          return EXIT_CODES.ok;
        };
        return run(work());
      });
  }
}

function checked(url: string): string {
  if (URL.canParse(url) && url.startsWith("http://")) return url;
  throw new UsageError({
    received: url,
    expected: `an address such as ${DEFAULT_URL}`,
    remedy: "Copy the one that the daemon has printed.",
  });
}
