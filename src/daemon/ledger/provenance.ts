/**
 * What the results of a run were made with, so that they can be made again.
 *
 * @module
 */
import type { LengthUnit } from "../../stream/base/units.js";
import type { SettingsMessage } from "../../stream/protocol/messages.js";
import type { SqlDatabase } from "./database.js";
import { maybeNumberAt, textAt } from "./database.js";
import { LedgerReader } from "./queries.js";
import type { Computing, Run } from "./records.js";

export interface RunProvenance {
  readonly run: Pick<Run, "id" | "name" | "notes" | "firstSeq" | "lastSeq" | "daemonVersion"> & {
    /** ISO 8601, UTC. */
    readonly startedAt: string;
    readonly endedAt: string | null;
  };
  /** The configuration the daemon was started with. */
  readonly configuration: unknown;
  /** Every set of settings that frames were analysed with, and the first frame of each. */
  readonly settings: readonly SettingsMessage[];
  readonly computedBy: readonly Computing[];
  /** Every pixel size of a frame; `null` among them: not known. */
  readonly pixelSizesNm: readonly (number | null)[];
}

export function provenanceOf(database: SqlDatabase, run: Run): RunProvenance {
  const { id, name, notes, firstSeq, lastSeq, daemonVersion, startedAtMs, endedAtMs } = run;
  const range = [firstSeq, lastSeq ?? Number.MAX_SAFE_INTEGER] as const;
  const measured = "FROM frames WHERE seq BETWEEN ? AND ? AND outcome = 'committed'";
  const computing = `SELECT daemon_version, filter, segmenter, model_file, model_sha256 FROM computing
    WHERE id IN (SELECT computing_id ${measured}) ORDER BY id`;
  const endedAt = endedAtMs === null ? null : new Date(endedAtMs).toISOString();
  const startedAt = new Date(startedAtMs).toISOString();
  return {
    run: { id, name, notes, firstSeq, lastSeq, daemonVersion, startedAt, endedAt },
    configuration: JSON.parse(run.configuration) as unknown,
    settings: new LedgerReader(database).settingsOf(run),
    computedBy: [...database.rows(computing, ...range)].map((row) => ({
      daemonVersion: textAt(row, 0),
      filter: textAt(row, 1),
      segmenter: textAt(row, 2),
      model: textAt(row, 3) === "" ? null : { file: textAt(row, 3), sha256: textAt(row, 4) },
    })),
    pixelSizesNm: [...database.rows(`SELECT DISTINCT pixel_size_nm ${measured} ORDER BY 1`, ...range)].map((row) =>
      maybeNumberAt(row, 0),
    ),
  };
}

/** The unit of lengths over a whole run: nm when every frame's pixel size is known, so that a column never mixes units. */
export function lengthUnitOf({ pixelSizesNm }: RunProvenance): LengthUnit {
  return pixelSizesNm.length > 0 && !pixelSizesNm.includes(null) ? "nm" : "px";
}
