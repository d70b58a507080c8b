/**
 * What is replayed: files, or a run of a ledger whose files are still there.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { FrameRejectedError } from "../../../stream/base/frame.js";
import type { ByteSource, Inspection } from "../../../stream/decode/format.js";
import { openFrameFile } from "../../../stream/source/folder/frame-file.js";
import { type ParsedKey, parseFrameKey } from "../../../stream/source/folder/frame-key.js";
import { markOf } from "../../../stream/source/folder/mark.js";
import { changed, vanished } from "../../../stream/source/folder/read-frame.js";
import type { RecordedFrame } from "../../../stream/source/replay/replay-source.js";
import type { ContentMark, FileFingerprint } from "../../../stream/source/source.js";
import type { FoundRun } from "../../ledger/open-to-read.js";
import { listInputs } from "../analyze/inputs.js";

/** A recording, ready to be played. */
export interface Recording {
  /** What a person calls it. */
  readonly title: string;
  readonly frames: AsyncIterable<RecordedFrame>;
}

interface ReadingOptions {
  readonly recursive: boolean;
  readonly inspect: (source: ByteSource) => Promise<Inspection>;
}

const FOLDER_PREFIX = "folder:";

/** The frames of a file or of a folder, in the order of names; their times are those of the files. Raises UsageError. */
export async function recordingOfPath(path: string, options: ReadingOptions): Promise<Recording> {
  const { pages, rejected } = await listInputs([path], options);
  const root = (await stat(path)).isDirectory() ? path : join(path, "..");
  const counts = new Map<string, number>();
  for (const { file } of pages) counts.set(file, (counts.get(file) ?? 0) + 1);
  async function* frames(): AsyncGenerator<RecordedFrame> {
    for (const { file, page, payload } of pages) {
      const name = relative(root, file);
      const label = (counts.get(file) ?? 1) > 1 ? `${name}#${page + 1}` : name;
      // A file has one time: those of the frames within it are not known before they are decoded.
      const atMs = payload.kind === "file" && page === 0 ? payload.fingerprint.modifiedAtMs : null;
      yield { key: `${name}#${page}`, label, atMs, found: payload };
    }
    for (const { file, reason, detail } of rejected) {
      const error = new FrameRejectedError(reason, {
        received: detail,
        expected: "an image that is read",
        remedy: "Leave the file out, or write it again.",
      });
      yield { key: relative(root, file), label: relative(root, file), atMs: null, found: error };
    }
  }
  return { title: basename(resolve(path)), frames: frames() };
}

/** The frames of a run, in their order and at the times they were received; what is not there any more is a refusal by its name. */
export function recordingOfRun({ ledger, run }: FoundRun, { inspect }: ReadingOptions): Recording {
  const files = new RecordedFiles(inspect);
  async function* frames(): AsyncGenerator<RecordedFrame> {
    for (const { event, key } of ledger.reader.frames(run)) {
      const { seq, source, label, receivedAtMs } = event;
      yield { key: String(seq), label, atMs: receivedAtMs, found: await files.find(source, key) };
    }
  }
  return { title: run.name, frames: frames() };
}

/** What a file is now. */
interface PresentFile {
  readonly fingerprint: FileFingerprint;
  /** Of a file that may be a series. */
  readonly mark: ContentMark | null;
}

/** Files of a run, each looked into once as long as frames of it follow each other. */
class RecordedFiles {
  readonly #inspect: ReadingOptions["inspect"];
  #last: { readonly path: string; readonly present: PresentFile | FrameRejectedError } | null = null;

  constructor(inspect: ReadingOptions["inspect"]) {
    this.#inspect = inspect;
  }

  async find(source: string, key: string): Promise<RecordedFrame["found"]> {
    const parsed = source.startsWith(FOLDER_PREFIX) ? parseFrameKey(key) : null;
    if (parsed === null) return notKept(source);
    const path = join(source.slice(FOLDER_PREFIX.length), parsed.path);
    if (this.#last?.path !== path) this.#last = { path, present: await this.#look(path) };
    const { present } = this.#last;
    if (present instanceof FrameRejectedError) return present;
    const { fingerprint, mark } = present;
    const payload = { kind: "file", path, fingerprint, page: parsed.page } as const;
    if (isContent(parsed, fingerprint)) return payload;
    if (mark !== null && parsed.markHash === mark.hash) return { ...payload, mark, isSeries: true };
    return changed(
      path,
      `${fingerprint.sizeBytes} bytes, written at ${new Date(fingerprint.modifiedAtMs).toISOString()}`,
    );
  }

  async #look(path: string): Promise<PresentFile | FrameRejectedError> {
    try {
      const file = await openFrameFile(path);
      try {
        const fingerprint = await file.fingerprint();
        const inspection = await this.#inspect(file.source);
        const growth = inspection.state === "unusable" ? undefined : inspection.growth;
        return { fingerprint, mark: growth === undefined ? null : await markOf(file.source, growth) };
      } finally {
        await file.close();
      }
    } catch (error) {
      return error instanceof FrameRejectedError ? error : vanished(path, error);
    }
  }
}

/** The inode may be another: a recording that was moved or copied with its times is the same. */
function isContent({ content }: ParsedKey, { sizeBytes, modifiedAtMs }: FileFingerprint): boolean {
  return content !== null && content.sizeBytes === sizeBytes && content.modifiedAtMs === modifiedAtMs;
}

function notKept(source: string): FrameRejectedError {
  return new FrameRejectedError("vanished", {
    received: `a frame that came from ${source} and was in no file`,
    expected: "frames that were files of a watched folder",
    remedy: "Replay the files that the instrument wrote.",
  });
}
