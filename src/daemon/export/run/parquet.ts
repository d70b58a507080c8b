/**
 * A table of a run as Parquet, what it was made with in the file's own metadata. The only file that knows `hyparquet-writer`.
 *
 * @module
 */
import type { BasicType, ColumnSource } from "hyparquet-writer";
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { AtomicFile } from "../atomic-file.js";
import type { RunFile, RunFileOptions } from "./run-file.js";
import type { Cell, RunTable, TableColumn } from "./tables.js";

/** Rows that are compressed and written together: a few MB, and enough for readers to skip by statistics. */
const GROUP_ROWS = 65_536;

/** Key of the metadata that holds the provenance, as JSON. */
export const PROVENANCE_KEY = "ostwald";

const TYPES: Readonly<Record<TableColumn["type"], BasicType>> = {
  text: "STRING",
  integer: "INT64",
  number: "DOUBLE",
  flag: "BOOLEAN",
};

/** Begins a Parquet file. Raises OutputError when it cannot. */
export async function createRunParquet(options: RunFileOptions, table: RunTable): Promise<RunFile> {
  const file = await AtomicFile.create(options.path);
  const group = new RowGroup(table.columns);
  const bytes = new ByteWriter();
  const parquet = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: group.columnData() }),
    createdBy: `Ostwald ${options.provenance.exportedBy}`,
    kvMetadata: [{ key: PROVENANCE_KEY, value: JSON.stringify(options.provenance) }],
  });
  /** The writer's buffer is emptied into the file; its offset goes on. */
  const flush = async () => {
    await file.append(bytes.getBytes());
    bytes.index = 0;
  };
  const writeGroup = async () => {
    await parquet.write({ columnData: group.columnData(), rowGroupSize: GROUP_ROWS });
    group.clear();
    await flush();
  };
  return {
    async frame(frame) {
      const rows = table.rows(frame);
      for (let row = 0; row < rows; row++) group.add(table.columns.map(({ value }) => value(frame, row)));
      if (group.length >= GROUP_ROWS) await writeGroup();
    },
    async finish() {
      if (group.length > 0) await writeGroup();
      await parquet.finish();
      await flush();
      await file.commit();
    },
    discard: () => file.discard(),
  };
}

/** Rows that wait, column by column. */
class RowGroup {
  readonly #columns: readonly TableColumn[];
  readonly #cells: (string | number | bigint | boolean | null)[][];

  constructor(columns: readonly TableColumn[]) {
    this.#columns = columns;
    this.#cells = columns.map(() => []);
  }

  get length(): number {
    return this.#cells[0]?.length ?? 0;
  }

  add(row: readonly Cell[]): void {
    for (const [index, cell] of row.entries()) {
      const isInteger = this.#columns[index]?.type === "integer" && typeof cell === "number";
      this.#cells[index]?.push(isInteger ? BigInt(cell) : cell);
    }
  }

  clear(): void {
    for (const column of this.#cells) column.length = 0;
  }

  columnData(): ColumnSource[] {
    return this.#columns.map(({ name, type }, index) => ({
      name,
      type: TYPES[type],
      nullable: true,
      data: this.#cells[index] ?? [],
    }));
  }
}
