/**
 * `npm run fuzz -- [--cases 1000000] [--seed 1] [--format TIFF]`: malformed files of every format, malformed
 * messages of detectors and clients and malformed streams of senders (`--format INGEST`), as many as one likes.
 *
 * Ends with 1 at the first outcome that is neither a frame nor a typed refusal, and leaves the file that did it. Prints a line a format:
 * cases, frames, refusals, cases a second, the slowest case, the peak of memory.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { FORMAT_NAMES, mutated, mutation, outcomeOf, type SeedFile, seedFiles } from "../test/support/fuzz.ts";
import { DETECTOR_TARGETS, type FuzzTarget } from "../test/support/fuzz-detectors.ts";
import { ingestCase, outcomeOfStream } from "../test/support/fuzz-ingest.ts";
import { MESSAGE_TARGETS } from "../test/support/fuzz-messages.ts";

const REAL = ["formats", "mrc"].map((folder) => join(import.meta.dirname, "../../shared/data", folder));
/** Cases drawn at a time from one seed, so that a failure is replayed from its block alone. */
const BLOCK = 1_000;

interface Tally {
  cases: number;
  frame: number;
  refused: number;
  slowestMs: number;
  peakMb: number;
}

function argument(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return (at < 0 ? undefined : process.argv[at + 1]) ?? fallback;
}

/** Runs one case and counts it. Leaves the file of a case that is a defect. */
async function runCase(
  { outcomeOf }: Pick<FuzzTarget, "outcomeOf">,
  { name, bytes }: SeedFile,
  mutations: Parameters<typeof mutated>[1],
  tally: Tally,
): Promise<void> {
  const file = mutated(bytes, mutations);
  const startMs = performance.now();
  try {
    tally[await outcomeOf(file, name)] += 1;
  } catch (error) {
    writeFileSync("fuzz-failure.bin", file);
    process.stdout.write(
      `${name}: ${error instanceof Error ? error.stack : String(error)}\nthe file is fuzz-failure.bin\n`,
    );
    process.exit(1);
  }
  tally.cases += 1;
  tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startMs);
}

async function runTarget(format: string, target: FuzzTarget, cases: number, seed: number): Promise<void> {
  const tally: Tally = { cases: 0, frame: 0, refused: 0, slowestMs: 0, peakMb: 0 };
  const startMs = performance.now();
  for (let block = 0; tally.cases < cases; block++) {
    const drawn = fc.sample(
      fc.tuple(fc.constantFrom(...target.seeds), fc.array(mutation, { minLength: 1, maxLength: 6 })),
      {
        seed: seed + block,
        numRuns: Math.min(BLOCK, cases - tally.cases),
      },
    );
    for (const [file, mutations] of drawn) await runCase(target, file, mutations, tally);
    tally.peakMb = Math.max(tally.peakMb, process.memoryUsage.rss() / 1e6);
  }
  const rate = (1000 * tally.cases) / (performance.now() - startMs);
  process.stdout.write(
    `${format.padEnd(10)} ${tally.cases} cases: ${tally.frame} frames, ${tally.refused} refusals, 0 uncaught; ${rate.toFixed(0)}/s, slowest ${tally.slowestMs.toFixed(0)} ms, peak ${tally.peakMb.toFixed(0)} MB\n`,
  );
}

/** Streams of senders: nothing of theirs may be anything but taken, refused by a typed error, or waited for. */
async function runIngest(cases: number, seed: number): Promise<void> {
  const counts = { taken: 0, refused: 0, waits: 0 };
  const tally: Tally = { cases: 0, frame: 0, refused: 0, slowestMs: 0, peakMb: 0 };
  const startMs = performance.now();
  for (let block = 0; tally.cases < cases; block++) {
    for (const one of fc.sample(ingestCase, { seed: seed + block, numRuns: Math.min(BLOCK, cases - tally.cases) })) {
      const beginMs = performance.now();
      try {
        counts[await outcomeOfStream(one)] += 1;
      } catch (error) {
        writeFileSync("fuzz-failure.bin", one.bytes);
        process.stdout.write(
          `INGEST: ${error instanceof Error ? error.stack : String(error)}\ncuts ${one.cuts.join(" ")}\n`,
        );
        process.exit(1);
      }
      tally.cases += 1;
      tally.slowestMs = Math.max(tally.slowestMs, performance.now() - beginMs);
    }
    tally.peakMb = Math.max(tally.peakMb, process.memoryUsage.rss() / 1e6);
  }
  const rate = (1000 * tally.cases) / (performance.now() - startMs);
  process.stdout.write(
    `INGEST ${tally.cases} cases: ${counts.taken} taken, ${counts.refused} refusals, ${counts.waits} waited for, 0 uncaught; ${rate.toFixed(0)}/s, slowest ${tally.slowestMs.toFixed(0)} ms, peak ${tally.peakMb.toFixed(0)} MB\n`,
  );
}

/** HDF5 costs a hundred times as much as the others: it gets a fiftieth of the cases. */
const SHARES: Readonly<Record<string, number>> = { HDF5: 1 / 50 };

/** The protocol of senders, beside the formats of files. */
const INGEST = "INGEST";
const total = Number(argument("cases", "100000"));
const only = argument("format", "");
const files = Object.entries(FORMAT_NAMES).map(([format, names]): [string, FuzzTarget] => [
  format,
  { seeds: seedFiles(names, REAL), outcomeOf },
]);
const targets = [...files, ...Object.entries({ ...DETECTOR_TARGETS, ...MESSAGE_TARGETS })];
const formats = targets.filter(([format]) => only === "" || format === only);
const isIngest = only === "" || only === INGEST;
const shares = formats.reduce((sum, [format]) => sum + (SHARES[format] ?? 1), isIngest ? 1 : 0);
for (const [format, target] of formats) {
  const cases = Math.ceil((total * (SHARES[format] ?? 1)) / shares);
  await runTarget(format, target, cases, Number(argument("seed", "1")));
}
if (isIngest) await runIngest(Math.ceil(total / shares), Number(argument("seed", "1")));
