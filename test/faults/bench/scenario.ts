/**
 * What a scenario of the fault bench is, and how one is run: an experiment, its faults, and the one checker at the end.
 *
 * @module
 */
import { Random } from "../../../src/stream/source/simulated/random.js";
import type { RecordedFrame } from "../../support/recorded.js";
import type { Verdict } from "./check.js";
import { checkHistory } from "./check.js";
import type { ExperimentOptions } from "./experiment.js";
import { Experiment } from "./experiment.js";
import { IMAGE_COUNT, smallImages } from "./images.js";
import { labelOf } from "./sender.js";

export interface Scenario {
  readonly name: string;
  /** What happens, and what must hold all the same. */
  readonly claim: string;
  /** Numbers of docs/reliability.md. */
  readonly promises: readonly number[];
  /** How often it happens in the tests, and in `npm run faults`. */
  readonly short: number;
  readonly long: number;
  readonly experiment?: Partial<Pick<ExperimentOptions, "createSender" | "ahead">>;
  /** Why it cannot be tried on this machine; `null`: it can. */
  readonly missing?: () => string | null;
  /** Makes the faults and leaves a daemon running that the client follows. Gives how many there were. */
  readonly run: (experiment: Experiment, amount: number) => Promise<number>;
}

export interface Report extends Verdict {
  readonly scenario: string;
  readonly seed: number;
  readonly faults: number;
  readonly seconds: number;
}

/** What scenarios share: the frames, and what an undisturbed daemon records of them. */
export interface Bench {
  readonly images: readonly Uint8Array[];
  readonly reference: readonly Omit<RecordedFrame, "label">[];
}

/** Lets a daemon record every image in peace. */
export async function openBench(): Promise<Bench> {
  const images = smallImages();
  const experiment = await Experiment.create({ images, random: randomFrom(0), reference: null, ahead: IMAGE_COUNT });
  try {
    await experiment.start();
    experiment.sender.start();
    await experiment.untilFurther(IMAGE_COUNT);
    const { recorded } = await experiment.finish();
    const byLabel = new Map(recorded.frames.map(({ label, ...frame }) => [label, frame]));
    const reference = images.map((_, index) => byLabel.get(labelOf(index)));
    return { images, reference: reference.filter((frame) => frame !== undefined) };
  } finally {
    await experiment.dispose();
  }
}

/** Runs one scenario. A wait in vain and a wrong exit code are problems like any other. */
export async function runScenario(scenario: Scenario, bench: Bench, amount: number, seed: number): Promise<Report> {
  const startMs = performance.now();
  const experiment = await Experiment.create({ ...bench, random: randomFrom(seed), ...scenario.experiment });
  let faults = 0;
  try {
    experiment.sender.start();
    faults = await scenario.run(experiment, amount);
    const verdict = checkHistory(await experiment.finish());
    return { scenario: scenario.name, seed, faults, ...verdict, seconds: secondsSince(startMs) };
  } catch (error) {
    const problems = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    const figures = {
      sent: experiment.sender.sent.length,
      recorded: 0,
      lost: 0,
      doubled: 0,
      seqBreaks: 0,
      different: 0,
    };
    return { scenario: scenario.name, seed, faults, ...figures, problems, seconds: secondsSince(startMs) };
  } finally {
    await experiment.dispose();
  }
}

function secondsSince(startMs: number): number {
  return (performance.now() - startMs) / 1000;
}

function randomFrom(seed: number): Random {
  return new Random([seed, 0x9e3779b9, 0x243f6a88, 0xb7e15162]);
}
