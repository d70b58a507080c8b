/**
 * Ends a test run with one plain line, `N passed, N failed, N skipped`, and names what was skipped and what passed only when it was tried again.
 *
 * @module
 */
import type { Reporter, TestCase, TestModule } from "vitest/node";

function casesOf(modules: readonly TestModule[]): readonly TestCase[] {
  return modules.flatMap((module) => [...module.children.allTests()]);
}

export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cases = casesOf(modules);
    const count = (state: string) => cases.filter((test) => test.result().state === state).length;
    for (const test of cases.filter((test) => test.result().state === "skipped")) {
      process.stdout.write(`skipped: ${test.module.moduleId} > ${test.fullName}\n`);
    }
    for (const test of cases.filter((test) => test.diagnostic()?.flaky === true)) {
      const [first] = test.result().errors ?? [];
      process.stdout.write(`passed the second time: ${test.module.moduleId} > ${test.fullName}: ${first?.message}\n`);
    }
    // A file that could not even be loaded has no cases, and is a failure all the same.
    const broken = modules.filter(
      (module) => module.state() === "failed" && [...module.children.allTests()].length === 0,
    ).length;
    process.stdout.write(
      `${count("passed")} passed, ${count("failed") + broken} failed, ${count("skipped")} skipped\n`,
    );
  }
}
