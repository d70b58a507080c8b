/**
 * `ostwald evaluate --images DIR --truth DIR`: how well recognition does on images of which somebody knows the truth.
 *
 * @module
 */
import type { Command } from "commander";
import { Option } from "commander";
import { CONFIG_GROUPS, type ConfigKey } from "../config/schema.js";
import type { TruthChoice } from "../truth/open-truth.js";
import { TRUTH_FORMATS } from "../truth/truth-source.js";
import type { CliContext } from "./context.js";
import { examplesText } from "./context.js";
import { evaluateImages } from "./evaluate/run.js";
import type { ExitCode } from "./exit-codes.js";
import { addConfigFlags, configFrom } from "./flags.js";
import type { CliIo } from "./io.js";

/** What decides nothing here: sizes are compared in px, border or not, and one process computes. */
const WITHOUT_EFFECT: readonly ConfigKey[] = ["border", "pixelSizeNm", "analyzers"];

export function addEvaluate(program: Command, { io, run }: CliContext): void {
  const command = program
    .command("evaluate")
    .description("Judge recognition on images with truth: boxes, masks, label images or COCO JSON.")
    .requiredOption("--images <dir>", "folder of images")
    .requiredOption("--truth <path>", "folder of truth, or a COCO file; named as the images are, or by the same number")
    .addOption(
      new Option("--truth-format <name>", "what the truth is; auto tells it from the files")
        .choices(["auto", ...TRUTH_FORMATS])
        .default("auto"),
    )
    .option("--json <file>", "all figures, for scripts")
    .option("--html <file>", "a page with every image, what is there and what was found");
  const keys: readonly ConfigKey[] = [...CONFIG_GROUPS.analysis, ...CONFIG_GROUPS.computing];
  addConfigFlags(
    command,
    keys.filter((key) => !WITHOUT_EFFECT.includes(key)),
  );
  command
    .addHelpText(
      "after",
      examplesText([
        ["ostwald evaluate --images tem --truth masks", "masks named as the images, or by the same number"],
        ["ostwald evaluate --images tem --truth labels.json --html tem.html", "COCO JSON; a page with pictures"],
        ["ostwald evaluate --images tem --truth boxes --segmenter threshold", "YOLO boxes; Otsu instead of the model"],
      ]),
    )
    .action(() => run(evaluate(command, io)));
}

interface EvaluateFlags {
  readonly images: string;
  readonly truth: string;
  readonly truthFormat: TruthChoice;
  readonly json?: string;
  readonly html?: string;
}

async function evaluate(command: Command, io: CliIo): Promise<ExitCode> {
  const { images, truth, truthFormat, json = null, html = null } = command.opts<EvaluateFlags>();
  return evaluateImages({ images, truth, truthFormat, json, html, config: await configFrom(command), io });
}
