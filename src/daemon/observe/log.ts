/**
 * The log of the daemon, on stderr, so that stdout stays free for results.
 *
 * A level says who reads the line:
 * - `error`: somebody must act, or frames are lost.
 * - `warn`: the work goes on, but slower or with less than was asked for.
 * - `info`: the life of the daemon: started, stopped, settings changed.
 * - `debug`: for those who work on Ostwald.
 *
 * @module
 */

import type { DestinationStream, Logger as PinoLogger } from "pino";
import { pino } from "pino";

export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `text`: a line for people. `json`: an object a line (pino's), for log collectors. */
export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What the daemon logs through: `log.warn({ path }, "no file events here")`. */
export type Logger = Pick<PinoLogger, LogLevel | "child">;

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Where lines go; stderr by default. */
  readonly write?: (line: string) => void;
  /** Also gets each line as JSON, from `info` on, whatever is written. */
  readonly keep?: (json: string) => void;
}

/** Opens a log. */
export function createLog({ level, format, write = writeToStderr, keep }: LogOptions): Logger {
  const least = pino.levels.values[level] ?? 0;
  const told = keep === undefined || level === "debug" ? level : "info";
  const destination: DestinationStream = {
    write: (json) => {
      const lineLevel = levelOf(json);
      if (keep !== undefined && lineLevel >= KEPT_LEVEL) keep(json);
      if (lineLevel >= least) write(format === "json" ? json : textLine(json));
    },
  };
  return pino({ level: told, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

const KEPT_LEVEL = 30;

/** pino writes the level first: `{"level":30,...`. */
function levelOf(json: string): number {
  return Number(/^\{"level":(\d+)/.exec(json)?.[1] ?? 0);
}

function writeToStderr(line: string): void {
  process.stderr.write(line);
}

/** `14:03:22.118 warn  no file events here  path=/data/run-7`, from a line of pino's JSON. */
function textLine(json: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const clock = String(time).slice(11, 23);
  const name = pino.levels.labels[Number(level)] ?? "info";
  const rest = Object.entries(fields).map(([key, value]) => `  ${key}=${fieldText(value)}`);
  return `${clock} ${name.padEnd(5)} ${String(msg ?? "")}${rest.join("")}${errorLines(err)}\n`;
}

function fieldText(value: unknown): string {
  return typeof value === "string" && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

/** pino's rendering of an `Error` under `err`: its stack, indented. */
function errorLines(err: unknown): string {
  if (typeof err !== "object" || err === null) return err === undefined ? "" : `  err=${fieldText(err)}`;
  const text: unknown = Reflect.get(err, "stack") ?? Reflect.get(err, "message");
  return typeof text === "string" ? `\n${text.replace(/^/gm, "    ")}` : "";
}
