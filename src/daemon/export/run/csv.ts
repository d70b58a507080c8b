/**
 * A table of a run as CSV (RFC 4180, UTF-8), and what it was made with in a JSON file beside it: CSV has no place for that.
 *
 * @module
 */
import { AtomicFile } from "../atomic-file.js";
import { csvLine } from "../csv.js";
import type { RunFile, RunFileOptions } from "./run-file.js";
import type { RunTable } from "./tables.js";

/** Where the provenance of a CSV file lies. */
export function provenancePath(path: string): string {
  return `${path}.provenance.json`;
}

/** Begins a CSV file. Raises OutputError when it cannot. */
export async function createRunCsv({ path, provenance }: RunFileOptions, table: RunTable): Promise<RunFile> {
  const file = await AtomicFile.create(path);
  await file.append(csvLine(table.columns.map(({ name }) => name)));
  return {
    async frame(frame) {
      const lines = Array.from({ length: table.rows(frame) }, (_, row) =>
        csvLine(table.columns.map(({ value }) => plain(value(frame, row)))),
      );
      if (lines.length > 0) await file.append(lines.join(""));
    },
    async finish() {
      const beside = await AtomicFile.create(provenancePath(path));
      await beside.append(`${JSON.stringify(provenance, null, 2)}\n`);
      await beside.commit();
      await file.commit();
    },
    discard: () => file.discard(),
  };
}

/** As `analyze` writes flags: 1 and 0. */
function plain(cell: string | number | boolean | null): string | number | null {
  return typeof cell === "boolean" ? Number(cell) : cell;
}
