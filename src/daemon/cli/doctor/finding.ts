/**
 * What `doctor` finds out about one thing.
 *
 * @module
 */

export interface Finding {
  /** `Node`, `GPU adapters`, `model`. */
  readonly topic: string;
  /**
   * - `ok`: as good as it can be.
   * - `degraded`: Ostwald works, but slower or with less.
   * - `missing`: Ostwald does not work.
   */
  readonly state: "ok" | "degraded" | "missing";
  /** What is there, a line each. */
  readonly found: readonly string[];
  /** How to get what is missing; `null` when nothing is. */
  readonly remedy: string | null;
}

/** A finding that all is well. */
export function ok(topic: string, ...found: readonly string[]): Finding {
  return { topic, state: "ok", found, remedy: null };
}

const MARKS: Readonly<Record<Finding["state"], string>> = { ok: "ok", degraded: "degraded", missing: "MISSING" };

/** The findings as a table for people. */
export function findingsTable(findings: readonly Finding[]): string {
  const topicWidth = Math.max(...findings.map(({ topic }) => topic.length));
  const markWidth = Math.max(...Object.values(MARKS).map((mark) => mark.length));
  const indent = " ".repeat(topicWidth + markWidth + 4);
  const lines = findings.flatMap(({ topic, state, found, remedy }) => {
    const [first = "", ...rest] = remedy === null ? found : [...found, `-> ${remedy}`];
    return [
      `${topic.padEnd(topicWidth)}  ${MARKS[state].padEnd(markWidth)}  ${first}`,
      ...rest.map((line) => indent + line),
    ];
  });
  return `${lines.join("\n")}\n`;
}
