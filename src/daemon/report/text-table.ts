/**
 * Tables for a terminal.
 *
 * @module
 */

/** The rows in columns as wide as their widest cell; columns whose number is in `leftAligned` begin at the left, all others end at the right. */
export function textTable(rows: readonly (readonly string[])[], leftAligned: readonly number[] = [0]): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (leftAligned.includes(i) ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}
