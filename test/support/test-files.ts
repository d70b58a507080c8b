/**
 * Files as a careful writer leaves them.
 *
 * @module
 */
import { rename, writeFile } from "node:fs/promises";

/** Puts a whole file in its place at once: written under a temporary name, then renamed. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(`${path}.tmp`, bytes);
  await rename(`${path}.tmp`, path);
}
