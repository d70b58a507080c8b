/**
 * `npm run bench -- NAME [--json FILE]`: runs one scenario and prints its table.
 *
 * @module
 */
import { decodeBench } from "./decode.ts";
import { denoiseBench } from "./denoise.ts";
import { denoiseQualityBench } from "./denoise-quality.ts";
import { intakeBench } from "./intake.ts";
import { ledgerBench } from "./ledger.ts";
import { modelBench } from "./model.ts";
import { pipelineBench } from "./pipeline.ts";
import type { Row } from "./report.ts";
import { report } from "./report.ts";

const SCENARIOS: Readonly<Record<string, (args: readonly string[]) => Promise<readonly Row[]>>> = {
  pipeline: pipelineBench,
  intake: intakeBench,
  decode: decodeBench,
  denoise: denoiseBench,
  "denoise-quality": denoiseQualityBench,
  ledger: ledgerBench,
  model: modelBench,
};

const [name = "", ...args] = process.argv.slice(2);
const scenario = SCENARIOS[name];
if (scenario === undefined) {
  process.stderr.write(
    `received: scenario "${name}"\nexpected: one of ${Object.keys(SCENARIOS).join(", ")}\nto do: npm run bench -- pipeline [--json FILE]\n`,
  );
  process.exitCode = 2;
} else {
  const rows = await scenario(args);
  await report(rows, args);
  if (rows.some(({ pass }) => pass === false)) process.exitCode = 1;
}
