/**
 * What a detector announced and what came of it, and what could not be used.
 *
 * @module
 */
import type { SourceHealth } from "../source.js";
import type { Connection } from "./connection.js";

interface Series {
  readonly name: string;
  /** Frames that will come; `null`: as many as it takes. */
  readonly plannedFrames: number | null;
  frames: number;
  /** What its frames' numbers are counted from: 0, unless the detector counts on from the series before. `null` before its first. */
  numberBase: number | null;
}

/** The series under way and the one before, for a person. Numbers that are missing within a series are counted by intake. */
export class SeriesWatch {
  #current: Series | null = null;
  #lastNumber = 0;
  /** Why the last series that ended is not whole. */
  #lastLoss = "";
  #lastTrouble = "";
  #troubles = 0;

  begin(name: string, plannedFrames: number | null): void {
    this.end();
    this.#current = { name, plannedFrames: plannedFrames === 0 ? null : plannedFrames, frames: 0, numberBase: null };
  }

  /** The same series, sent again from its beginning. */
  restart(): void {
    if (this.#current !== null) this.#current.frames = 0;
  }

  /** Frame `number` of the series came, from 1. */
  see(number: number): void {
    if (this.#current === null) return;
    this.#current.frames += 1;
    this.#current.numberBase ??= number === this.#lastNumber + 1 ? this.#lastNumber : 0;
    this.#lastNumber = number;
  }

  /** Whether its last frame came. */
  get isOver(): boolean {
    if (this.#current === null || this.#current.plannedFrames === null) return false;
    const { plannedFrames, frames, numberBase } = this.#current;
    return frames >= plannedFrames || (numberBase !== null && this.#lastNumber >= numberBase + plannedFrames);
  }

  end(): void {
    if (this.#current === null) return;
    const { name, plannedFrames, frames } = this.#current;
    const missing = plannedFrames === null ? 0 : plannedFrames - frames;
    this.#lastLoss = missing > 0 ? `${missing} of ${plannedFrames} frames of ${name} did not come` : "";
    this.#current = null;
  }

  /** A message could not be used. */
  trouble(text: string): void {
    this.#troubles += 1;
    this.#lastTrouble = text;
  }

  /** What there is to say of a source over `connection`. */
  health(connection: Pick<Connection, "isConnected" | "reason" | "where" | "breaks">): SourceHealth {
    const { isConnected, where, reason, breaks } = connection;
    const facts = [
      isConnected ? this.#doing() : `not connected to ${where}${reason === "" ? "" : `: ${reason}`}; trying`,
      breaks === 0 ? "" : `connected ${breaks + (isConnected ? 1 : 0)} times`,
      this.#lastLoss,
      this.#troubles === 0 ? "" : `${this.#troubles} messages could not be used, the last: ${this.#lastTrouble}`,
    ];
    const isWell = isConnected && this.#lastLoss === "" && this.#troubles === 0;
    return { state: isWell ? "ok" : "degraded", detail: facts.filter((fact) => fact !== "").join("; ") };
  }

  #doing(): string {
    if (this.#current === null) return "connected, waiting for the detector to begin";
    const { name, frames, plannedFrames } = this.#current;
    return `receiving ${name}: ${frames}${plannedFrames === null ? "" : ` of ${plannedFrames}`} frames`;
  }
}
