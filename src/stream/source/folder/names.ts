/**
 * Names of files: which are never opened, and in which order people read them.
 *
 * @module
 */

/**
 * Endings that writers give to files they have not finished: browsers, rsync, office programs, copy tools, lock files. Compared
 * without regard to case.
 */
export const TEMPORARY_ENDINGS = [
  ".tmp",
  ".temp",
  ".part",
  ".partial",
  ".filepart",
  ".crdownload",
  ".download",
  ".incomplete",
  ".inprogress",
  ".writing",
  ".swp",
  ".swx",
  ".lock",
  ".lck",
  "~",
] as const;

/** Beginnings of the same: hidden files (rsync writes `.name.XXXXXX`, NFS `.nfsXXXX`), locks of office programs. */
export const TEMPORARY_BEGINNINGS = [".", "~$", "#"] as const;

/**
 * Endings of what stands beside frames and is no image: notes, metadata (TIA's EMI beside its SER, Merlin's HDR, SerialEM's MDOC), tables,
 * the record of a run. Without this list each of them
 * would be reported as a frame that cannot be read.
 */
export const SIDECAR_ENDINGS = [
  ".txt",
  ".log",
  ".md",
  ".csv",
  ".tsv",
  ".json",
  ".jsonl",
  ".xml",
  ".ini",
  ".cfg",
  ".emi",
  ".hdr",
  ".mdoc",
  ".toml",
  ".yaml",
  ".yml",
  ".html",
  ".pdf",
  ".parquet",
  ".db",
  ".sqlite",
  ".sqlite-wal",
  ".sqlite-shm",
  ".zip",
] as const;

/** Whether a file of this name is never opened: temporary, hidden or a sidecar. */
export function isIgnoredName(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    TEMPORARY_BEGINNINGS.some((beginning) => lower.startsWith(beginning)) ||
    TEMPORARY_ENDINGS.some((ending) => lower.endsWith(ending)) ||
    SIDECAR_ENDINGS.some((ending) => lower.endsWith(ending))
  );
}

/** Compares names as people count: `frame_2` before `frame_10`. The language of the machine plays no part. */
export const compareNatural = new Intl.Collator("en", { numeric: true }).compare;
