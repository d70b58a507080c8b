/**
 * `npm run faults [-- --json FILE] [--kills N] [--only NAME] [--seed N] [--short]`: the long form of the fault bench.
 *
 * A scenario a line: what was tried and what it cost. A failure is repeated with the seed that its line names. Ends with 1 when anything
 * was lost, doubled or out of order.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Report } from "../test/faults/bench/scenario.ts";
import { openBench, runScenario } from "../test/faults/bench/scenario.ts";
import { SCENARIOS } from "../test/faults/bench/scenarios.ts";

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    kills: { type: "string" },
    only: { type: "string" },
    seed: { type: "string", default: "1" },
    short: { type: "boolean", default: false },
  },
});

const chosen = SCENARIOS.filter(({ name }) => values.only === undefined || values.only.split(",").includes(name));
if (chosen.length === 0) {
  const known = SCENARIOS.map(({ name }) => name).join(", ");
  process.stderr.write(
    `received: --only ${values.only}\nexpected: one or more of ${known}\nto do: npm run faults -- --only kill\n`,
  );
  process.exit(2);
}

const bench = await openBench();
const reports: Report[] = [];
for (const scenario of chosen) {
  const missing = scenario.missing?.() ?? null;
  if (missing !== null) {
    process.stdout.write(`${scenario.name}: skipped, ${missing}\n`);
    continue;
  }
  // Half of the kills over each source.
  const kills = scenario.name.startsWith("kill") && values.kills !== undefined ? Number(values.kills) / 2 : null;
  const amount = Math.ceil(kills ?? (values.short ? scenario.short : scenario.long));
  const report = await runScenario(scenario, bench, amount, Number(values.seed));
  reports.push(report);
  process.stdout.write(`${lineOf(report)}\n`);
  // After each: an hour's figures should not hang on the last scenario.
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(reports, null, 2)}\n`);
}
if (reports.some(({ problems }) => problems.length > 0)) process.exitCode = 1;

function lineOf({
  scenario,
  faults,
  sent,
  lost,
  doubled,
  seqBreaks,
  different,
  problems,
  seed,
  seconds,
}: Report): string {
  const figures = `${faults} faults, ${sent} frames sent: ${lost} lost, ${doubled} doubled, ${seqBreaks} breaks in seq, ${different} different`;
  const verdict = problems.length === 0 ? "ok" : `FAILED (seed ${seed})\n  ${problems.join("\n  ")}`;
  return `${scenario.padEnd(16)} ${figures}; ${seconds.toFixed(0)} s: ${verdict}`;
}
