/**
 * Asking a ledger thread: a call goes out, its result comes back, in the order of the calls.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import { isOstwaldError } from "../../stream/base/errors.js";
import { LedgerInUseError, LedgerUnusableError, sqliteCode } from "./errors.js";
import type { LedgerCalls } from "./service.js";
import { createLedgerService } from "./service.js";

export type CallName = keyof LedgerCalls;

/** A thread, as those who ask it see it. */
export interface LedgerLink {
  call<Name extends CallName>(
    name: Name,
    ...args: Parameters<LedgerCalls[Name]>
  ): Promise<ReturnType<LedgerCalls[Name]>>;
  /** Ends the thread after the calls before it. */
  close(): Promise<void>;
}

/** From those who ask to the thread. */
export interface Call {
  readonly name: CallName;
  readonly args: readonly unknown[];
}

/** From the thread, one for each call in their order. */
export type Reply =
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "error"; readonly tag: string | null; readonly code: string; readonly message: string };

/** An error of the thread; `code` is SQLite's, or {@link THREAD_DIED}. */
export class LedgerThreadError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const THREAD_DIED = "THREAD_DIED";

/** Carries out one call; never raises. */
export function answer(service: LedgerCalls, { name, args }: Call): Reply {
  try {
    const work = service[name] as (...values: readonly unknown[]) => unknown;
    return { kind: "result", value: work(...args) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const tag = isOstwaldError(error) ? error.tag : null;
    const code = isOstwaldError(error) ? sqliteCode(error.cause) : sqliteCode(error);
    const detail = isOstwaldError(error) && error.cause instanceof Error ? error.cause.message : message;
    return { kind: "error", tag, code, message: tag === null ? message : detail };
  }
}

function errorFrom({ tag, code, message }: Extract<Reply, { kind: "error" }>, path: string): Error {
  if (tag === "LedgerInUse") return new LedgerInUseError(path);
  if (tag === "LedgerUnusable") return new LedgerUnusableError(path, new Error(message));
  return new LedgerThreadError(code, message);
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** The thread that was built beside this file. */
const THREAD = new URL("./thread.js", import.meta.url);

/** Starts a thread. `path` is that of the ledger, for error texts. */
export function startLedgerThread(path: string, entry = THREAD): LedgerLink {
  const worker = new Worker(entry);
  const waiting: Waiting[] = [];
  let isEnded = false;
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      isEnded = true;
      for (const { reject } of waiting.splice(0)) reject(threadDied());
      resolve();
    });
  });
  worker.on("error", () => undefined);
  worker.on("message", (reply: Reply) => {
    const first = waiting.shift();
    if (reply.kind === "error") first?.reject(errorFrom(reply, path));
    else first?.resolve(reply.value as never);
  });
  const call: LedgerLink["call"] = (name, ...args) =>
    new Promise((resolve, reject) => {
      // Nobody would answer.
      if (isEnded) return reject(threadDied());
      waiting.push({ resolve, reject });
      worker.postMessage({ name, args } satisfies Call);
    });
  return {
    call,
    async close() {
      await call("close").catch(() => undefined);
      worker.postMessage(null);
      await ended;
    },
  };
}

function threadDied(): LedgerThreadError {
  return new LedgerThreadError(THREAD_DIED, "the ledger's thread ended");
}

/** The same work without a thread: for tests, and for commands that do nothing else meanwhile. */
export function directLedgerLink(path: string): LedgerLink {
  const service = createLedgerService();
  const call: LedgerLink["call"] = async (name, ...args) => {
    const reply = answer(service, { name, args });
    if (reply.kind === "error") throw errorFrom(reply, path);
    return reply.value as never;
  };
  return { call, close: () => call("close") };
}
