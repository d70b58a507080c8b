/**
 * Where the spools of a daemon lie: a folder for each stream.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorText, OstwaldError } from "../../stream/base/errors.js";
import type { OpenedSpool } from "../../stream/flow/spool.js";
import { openSpool } from "../../stream/flow/spool.js";
import type { Config } from "../config/schema.js";

/** A spool cannot be made or read at the start. */
export class SpoolUnusableError extends OstwaldError {
  readonly tag = "SpoolUnusable";
}

/** The spools of one life of the daemon. */
export interface Spools {
  /** The spool of a source; `undefined` where its cadence is another. Raises SpoolUnusableError. */
  open(sourceName: string): Promise<OpenedSpool | undefined>;
  /** Removes what no daemon would find again; to be called when the spools are closed. */
  close(): Promise<void>;
}

/** `ledger` is the path of the ledger, which the spools lie beside unless the configuration says where. */
export function createSpools(config: Config, ledger: string | null): Spools {
  const { cadence, spoolDir, spoolGb } = config;
  let temporary: string | null = null;
  const root = async () => {
    if (spoolDir !== null) return spoolDir;
    if (ledger !== null) return `${ledger}.spool`;
    temporary ??= await mkdtemp(join(tmpdir(), "ostwald-spool-"));
    return temporary;
  };
  return {
    async open(sourceName) {
      if (cadence !== "spool") return undefined;
      const name = createHash("sha256").update(sourceName).digest("hex").slice(0, 16);
      const dir = join(await root(), name);
      return openSpool(dir, spoolGb * 1e9).catch((cause: unknown) => {
        throw new SpoolUnusableError({
          received: `${dir} (${errorText(cause)})`,
          expected: "a folder that files can be written to",
          remedy: "Correct its rights, or name another with --spool-dir.",
          cause,
        });
      });
    },
    async close() {
      if (temporary !== null) await rm(temporary, { recursive: true, force: true });
    },
  };
}
