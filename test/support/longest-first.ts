/**
 * The order of test files: those that take minutes first, so that no worker is left alone with one at the end.
 *
 * Without a record of earlier runs, which a fresh clone lacks, the runner goes by the size of files, and the longest is a small one.
 *
 * @module
 */
import type { TestSpecification } from "vitest/node";
import { BaseSequencer } from "vitest/node";

/** Folders of the tests that kill, stall and restart daemons. */
const LONG = ["/test/faults/bench/", "/test/faults/", "/test/e2e/"];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = LONG.findIndex((folder) => moduleId.includes(folder));
  return index === -1 ? LONG.length : index;
}
