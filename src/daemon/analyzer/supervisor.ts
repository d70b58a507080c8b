/**
 * Keeps one analyzer process alive and gives it frames.
 *
 * A crash costs nothing but time: the frames in flight are sent again to the next process, one at a time, so that a frame that kills
 * its analyzer twice is known for certain. It is rejected as `poison`; all others get their result.
 *
 * @module
 */
import type { Logger } from "../observe/log.js";
import type { AnalyzerChild, Death, SpawnAnalyzer } from "./child.js";
import { deathText, spawnAnalyzer } from "./child.js";
import { AnalyzerClosedError, AnalyzerFailedError, AnalyzerRefusedError } from "./errors.js";
import type { AnalysisOut, AnalyzerOptions, AnalyzerReady, FrameIn, FromAnalyzer } from "./messages.js";
import { GPU_LOST_EXIT_CODE } from "./messages.js";

/** A frame that kills its analyzer this many times is poison. */
const CRASHES_OF_A_POISON_FRAME = 2;
/** After this many deaths with no result between them (one poison frame makes two), GPU drivers are suspected and left out. */
const DEATHS_BEFORE_CPU = 3;
/** After this many starts that never became ready, the analyzer is given up. */
const VAIN_STARTS_BEFORE_FAILED = 5;
/** Pause before a restart, ms, times the number of deaths in a row, and its limit. */
const RESTART_PAUSE_MS = 100;
const RESTART_PAUSE_LIMIT_MS = 5_000;
/** Lines of a process's own output that are shown when it dies. */
const LINES_KEPT = 20;
/** Longest wait for a process to end by itself at the close, ms. */
const END_GRACE_MS = 2_000;

export interface SupervisorOptions {
  readonly analyzer: AnalyzerOptions;
  readonly log: Logger;
  /** A frame that takes longer has hung its analyzer, ms. */
  readonly frameDeadlineMs?: number;
  /** How a process is started; a test may give its own. */
  readonly spawn?: SpawnAnalyzer;
}

/** 120 s: four times what the largest frame takes on one slow core. */
const DEFAULT_FRAME_DEADLINE_MS = 120_000;

export interface AnalyzerState {
  readonly state: "starting" | "ready" | "restarting" | "failed" | "stopped";
  readonly restarts: number;
  /** What computes there; `null` until it has been ready once. */
  readonly ready: AnalyzerReady | null;
  /** What the supervisor has replaced, and why. */
  readonly notes: readonly string[];
  /** Memory of the process as it last said, bytes. */
  readonly residentBytes: number;
}

/** A frame without a result. */
interface Pending {
  readonly frame: FrameIn;
  readonly resolve: (out: AnalysisOut) => void;
  readonly reject: (error: Error) => void;
  crashes: number;
  isSent: boolean;
}

/** A supervised analyzer. */
export class Analyzer {
  readonly #spawn: SpawnAnalyzer;
  readonly #log: Logger;
  readonly #frameDeadlineMs: number;
  readonly #pending = new Map<number, Pending>();
  readonly #readyWaiters: { resolve: (ready: AnalyzerReady) => void; reject: (error: Error) => void }[] = [];
  readonly #notes: string[] = [];
  readonly #lastLines: string[] = [];
  #options: AnalyzerOptions;
  #child: AnalyzerChild | undefined;
  #state: AnalyzerState["state"] = "starting";
  #ready: AnalyzerReady | null = null;
  #error: Error | undefined;
  #residentBytes = 0;
  #restarts = 0;
  #deathsInARow = 0;
  #vainStarts = 0;
  #deadline: NodeJS.Timeout | undefined;
  #restart: NodeJS.Timeout | undefined;
  #onDead: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options.analyzer;
    this.#log = options.log;
    this.#spawn = options.spawn ?? spawnAnalyzer;
    this.#frameDeadlineMs = options.frameDeadlineMs ?? DEFAULT_FRAME_DEADLINE_MS;
    this.#startChild();
  }

  /** What computes, once the process is ready. Rejects with AnalyzerRefusedError or AnalyzerFailedError when it never will be. */
  ready(): Promise<AnalyzerReady> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ready !== null) return Promise.resolve(this.#ready);
    return new Promise((resolve, reject) => this.#readyWaiters.push({ resolve, reject }));
  }

  /**
   * Analyses a frame. Any number may be under way; what is sent together may be computed as one batch.
   * Resolves also for a frame that cannot be analysed. Rejects only when there is no analyzer any more.
   */
  analyze(frame: FrameIn): Promise<AnalysisOut> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      this.#pending.set(frame.seq, { frame, resolve, reject, crashes: 0, isSent: false });
      this.#pump();
    });
  }

  state(): AnalyzerState {
    return {
      state: this.#state,
      restarts: this.#restarts,
      ready: this.#ready,
      notes: this.#notes,
      residentBytes: this.#residentBytes,
    };
  }

  /** Ends the process; frames still pending reject with AnalyzerClosedError. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    clearTimeout(this.#restart);
    const child = this.#child;
    this.#giveUp(new AnalyzerClosedError(), "stopped");
    if (child === undefined) return;
    await new Promise<void>((resolve) => {
      const grace = setTimeout(() => child.kill(), END_GRACE_MS);
      this.#onDead = () => {
        clearTimeout(grace);
        resolve();
      };
      child.end();
    });
  }

  #startChild(): void {
    this.#child = this.#spawn(this.#options, {
      message: (message) => this.#receive(message),
      printed: (line) => this.#keepLine(line),
      death: (death) => this.#bury(death),
    });
  }

  /** Native libraries are talkative: what they print matters only when the process dies. */
  #keepLine(line: string): void {
    this.#log.debug(line);
    this.#lastLines.push(line);
    if (this.#lastLines.length > LINES_KEPT) this.#lastLines.shift();
  }

  #receive(message: FromAnalyzer): void {
    switch (message.op) {
      case "ready":
        this.#ready = message;
        this.#vainStarts = 0;
        this.#state = "ready";
        for (const waiter of this.#readyWaiters.splice(0)) waiter.resolve(message);
        this.#pump();
        return;
      case "refused":
        this.#giveUp(new AnalyzerRefusedError(message), "failed");
        return;
      case "alive":
        this.#residentBytes = message.residentBytes;
        return;
      default:
        this.#deathsInARow = 0;
        this.#settle(message);
    }
  }

  #settle(out: AnalysisOut): void {
    const pending = this.#pending.get(out.seq);
    this.#pending.delete(out.seq);
    pending?.resolve(out);
    this.#pump();
  }

  /** Sends what may be sent: everything, or one suspect at a time after a crash. */
  #pump(): void {
    if (this.#state === "ready") {
      const waiting = [...this.#pending.values()];
      const suspect = waiting.find((pending) => pending.crashes > 0);
      const isBusy = waiting.some((pending) => pending.isSent);
      if (suspect === undefined) for (const pending of waiting) this.#send(pending);
      else if (!isBusy) this.#send(suspect);
    }
    this.#watchDeadline();
  }

  #send(pending: Pending): void {
    if (pending.isSent) return;
    pending.isSent = true;
    this.#child?.send(pending.frame);
  }

  /** Each result starts the clock of the next one; a process that gives none in time is killed, which is a death like any other. */
  #watchDeadline(): void {
    clearTimeout(this.#deadline);
    if (![...this.#pending.values()].some((pending) => pending.isSent)) return;
    this.#deadline = setTimeout(() => {
      this.#log.error({ deadlineMs: this.#frameDeadlineMs }, "the analyzer gave no result in time and is killed");
      this.#child?.kill();
    }, this.#frameDeadlineMs);
  }

  #bury(death: Death): void {
    clearTimeout(this.#deadline);
    this.#child = undefined;
    this.#residentBytes = 0;
    this.#onDead?.();
    if (this.#error !== undefined) return;
    this.#deathsInARow += 1;
    if (this.#state !== "ready") this.#vainStarts += 1;
    this.#log.warn(
      { death: deathText(death), inARow: this.#deathsInARow, printed: this.#lastLines.splice(0) },
      "the analyzer died; frames in flight are sent again",
    );
    this.#state = "restarting";
    this.#takeBackFrames(death);
    if (this.#vainStarts >= VAIN_STARTS_BEFORE_FAILED) {
      this.#giveUp(new AnalyzerFailedError(this.#vainStarts, deathText(death)), "failed");
      return;
    }
    if (this.#deathsInARow === DEATHS_BEFORE_CPU) this.#leaveGpu(death);
    const pauseMs = Math.min(RESTART_PAUSE_MS * this.#deathsInARow, RESTART_PAUSE_LIMIT_MS);
    this.#restart = setTimeout(() => {
      this.#restarts += 1;
      this.#startChild();
    }, pauseMs);
  }

  #takeBackFrames(death: Death): void {
    for (const pending of [...this.#pending.values()].filter((pending) => pending.isSent)) {
      pending.isSent = false;
      if (death.exitCode !== GPU_LOST_EXIT_CODE) pending.crashes += 1;
      if (pending.crashes < CRASHES_OF_A_POISON_FRAME) continue;
      const detail = `the analyzer died of it ${pending.crashes} times, the last by ${deathText(death)}`;
      this.#settle({ op: "rejected", seq: pending.frame.seq, reason: "poison", detail });
    }
  }

  #leaveGpu(death: Death): void {
    if (this.#options.gpu === "off" && this.#options.provider === "cpu") return;
    this.#options = { ...this.#options, gpu: "off", provider: "cpu" };
    this.#notes.push(
      `the analyzer died ${this.#deathsInARow} times in a row (${deathText(death)}): it now runs on the CPU only`,
    );
  }

  #giveUp(error: Error, state: "failed" | "stopped"): void {
    this.#error ??= error;
    this.#state = state;
    clearTimeout(this.#deadline);
    for (const waiter of this.#readyWaiters.splice(0)) waiter.reject(error);
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}
