/**
 * The inputs of `analyze`: files and folders as typed, turned into pages that can be analysed and inputs that cannot.
 *
 * @module
 */
import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { errorText } from "../../../stream/base/errors.js";
import type { ByteSource, Inspection } from "../../../stream/decode/format.js";
import { openFrameFile } from "../../../stream/source/folder/frame-file.js";
import { compareNatural, isIgnoredName } from "../../../stream/source/folder/names.js";
import type { FramePayload } from "../../../stream/source/source.js";
import type { RejectedInput } from "../../export/results.js";
import { UsageError } from "../errors.js";

/** A page of a file, ready for the analyzer. */
export interface InputPage {
  readonly file: string;
  /** From 0. */
  readonly page: number;
  readonly payload: FramePayload;
}

export interface Inputs {
  /** In the order typed; within a folder by name, numbers in names as numbers. */
  readonly pages: readonly InputPage[];
  readonly rejected: readonly RejectedInput[];
}

export interface ListOptions {
  /** Whether subfolders are listed too. */
  readonly recursive: boolean;
  /** Reads the headers of a file. */
  readonly inspect: (source: ByteSource) => Promise<Inspection>;
}

/**
 * Finds every file, once each, and reads its headers. Raises UsageError for paths that do not exist. In folders, names that `watch`
 * ignores are left out: temporary and hidden files, notes and tables.
 */
export async function listInputs(paths: readonly string[], options: ListOptions): Promise<Inputs> {
  const files = new Map<string, string>();
  for (const path of paths) {
    for (const file of await filesAt(path, options.recursive)) files.set(resolve(file), file);
  }
  const pages: InputPage[] = [];
  const rejected: RejectedInput[] = [];
  for (const file of files.values()) {
    const found = await pagesOf(file, options.inspect);
    if ("reason" in found) rejected.push(found);
    else pages.push(...found);
  }
  return { pages, rejected };
}

async function filesAt(path: string, recursive: boolean): Promise<readonly string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new UsageError({
      received: `${path} (${errorText(cause)})`,
      expected: "paths of image files, or of folders of them",
      remedy: "Correct the path.",
      cause,
    });
  });
  return found.isDirectory() ? filesIn(path, recursive) : [path];
}

async function filesIn(dir: string, recursive: boolean): Promise<readonly string[]> {
  const entries = (await readdir(dir, { withFileTypes: true })).filter(({ name }) => !isIgnoredName(name));
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => compareNatural(a.name, b.name))) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) files.push(...(recursive ? await filesIn(path, recursive) : []));
    else if (await isFile(entry, path)) files.push(path);
  }
  return files;
}

/** Links to files count; links to folders do not, as they may lead in circles. */
async function isFile(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}

async function pagesOf(file: string, inspect: ListOptions["inspect"]): Promise<readonly InputPage[] | RejectedInput> {
  try {
    // The reader follows no links.
    const path = await realpath(file);
    const opened = await openFrameFile(path);
    try {
      const fingerprint = await opened.fingerprint();
      const inspection = await inspect(opened.source);
      if (inspection.state !== "complete") return rejectedBy(inspection, file, opened.source);
      const pages = Array.from({ length: inspection.pages }, (_, page) => page);
      return pages.map((page) => ({ file, page, payload: { kind: "file", path, fingerprint, page } }));
    } finally {
      await opened.close();
    }
  } catch (error) {
    return { file, page: null, reason: "vanished", detail: errorText(error) };
  }
}

function rejectedBy(
  inspection: Exclude<Inspection, { readonly state: "complete" }>,
  file: string,
  { sizeBytes }: ByteSource,
): RejectedInput {
  if (inspection.state === "incomplete") {
    const reason = sizeBytes === 0 ? "empty" : "incomplete";
    return { file, page: null, reason, detail: `missing: ${inspection.missing}` };
  }
  const { reason, received, expected } = inspection;
  return { file, page: null, reason, detail: `received ${received}; expected ${expected}` };
}
