/**
 * What was measured on an adapter, kept in a small file of the user's cache folder. It may vanish or be spoilt at any time: it only saves
 * measuring again.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Of kernels and keys: what was measured of others does not count. */
const TUNING_VERSION = 1;

/** A file larger than this was not written here, bytes. */
const MOST_BYTES = 262_144;

/** Adapter and driver > what for > choice. */
type Choices = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface TuningCache {
  get(key: string): Promise<string | null>;
  /** A choice that cannot be written is measured again by the next process. */
  set(key: string, choice: string): Promise<void>;
}

/** `~/.cache/ostwald/tuning.json` and its like. */
export function tuningFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), "ostwald", "tuning.json");
}

function cacheFolder({ LOCALAPPDATA, XDG_CACHE_HOME }: NodeJS.ProcessEnv): string {
  if (process.platform === "win32") return LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  return XDG_CACHE_HOME || join(homedir(), ".cache");
}

/** The choices of one adapter, named with its driver. */
export class TuningFile implements TuningCache {
  readonly #file: string;
  readonly #adapter: string;

  constructor(file: string, adapter: string) {
    this.#file = file;
    this.#adapter = adapter;
  }

  async get(key: string): Promise<string | null> {
    const choices = await readChoices(this.#file);
    return choices[this.#adapter]?.[key] ?? null;
  }

  async set(key: string, choice: string): Promise<void> {
    const choices = await readChoices(this.#file);
    const own = { ...choices[this.#adapter], [key]: choice };
    const text = JSON.stringify({ version: TUNING_VERSION, choices: { ...choices, [this.#adapter]: own } }, null, 1);
    await replaceFile(this.#file, text).catch(() => undefined);
  }
}

/** What is in the file as far as it makes sense, nothing where it does not. */
async function readChoices(file: string): Promise<Choices> {
  try {
    const text = await readFile(file, "utf8");
    const content: unknown = text.length > MOST_BYTES ? null : JSON.parse(text);
    const { version, choices } = isRecord(content) ? content : {};
    if (version !== TUNING_VERSION || !isRecord(choices)) return {};
    return Object.fromEntries(
      Object.entries(choices).map(([adapter, own]) => [adapter, isRecord(own) ? stringsOf(own) : {}]),
    );
  } catch {
    return {};
  }
}

function stringsOf(record: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => (typeof value === "string" ? [[key, value] as const] : [])),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Other processes see the old text or the new. */
async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const next = `${file}.${randomUUID()}`;
  try {
    await writeFile(next, text);
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}
