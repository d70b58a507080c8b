/**
 * The folder itself, before anything is looked for in it.
 *
 * @module
 */
import { readdir, realpath } from "node:fs/promises";
import { type ErrorReport, errorText, OstwaldError } from "../../base/errors.js";

/** A folder that cannot be watched at all. Raised by `start`. */
export class FolderUnusableError extends OstwaldError {
  readonly tag = "FolderUnusable";
  readonly dir: string;

  constructor(dir: string, report: ErrorReport) {
    super(report);
    this.dir = dir;
  }
}

/** The real path of a folder that can be listed. Raises FolderUnusableError. */
export async function usableFolder(dir: string): Promise<string> {
  try {
    const root = await realpath(dir);
    await readdir(root);
    return root;
  } catch (cause) {
    throw new FolderUnusableError(dir, {
      received: `${dir} (${errorText(cause)})`,
      expected: "a folder that can be listed",
      remedy: "Create the folder or correct its path, then start again.",
      cause,
    });
  }
}
