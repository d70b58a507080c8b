/**
 * Keeps one analyzer process alive and gives it frames.
 *
 * A crash costs nothing but time: the frames in flight are sent again to the next process, one at a time, so that a frame that kills
 * its analyzer twice is known for certain. It is rejected as `poison`; all others get their result. Whatever is planned (a process that
 * has grown too large, a GPU that is back) happens between frames, and costs none.
 *
 * @module
 */
import type { RecordDecision } from "../observe/flight-recorder.js";
import type { Logger } from "../observe/log.js";
import type { AnalyzerChild, Death, SpawnAnalyzer } from "./child.js";
import { deathText, spawnAnalyzer } from "./child.js";
import { AnalyzerClosedError, AnalyzerFailedError, AnalyzerRefusedError } from "./errors.js";
import { Fallback } from "./fallback.js";
import { GpuReturn } from "./gpu-return.js";
import type { AnalysisOut, AnalyzerOptions, AnalyzerReady, FrameIn, FromAnalyzer } from "./messages.js";
import { GPU_LOST_EXIT_CODE } from "./messages.js";
import type { Sending } from "./pending-frames.js";
import { PendingFrames } from "./pending-frames.js";
import type { AnalyzerState, SupervisionLimits } from "./supervision.js";
import { DEFAULT_SUPERVISION, SUPERVISION } from "./supervision.js";
import type { Stoppage } from "./watchdog.js";
import { Watchdog } from "./watchdog.js";

export interface SupervisorOptions {
  readonly analyzer: AnalyzerOptions;
  readonly log: Logger;
  readonly limits?: SupervisionLimits;
  /** How a process is started; a test may give its own. */
  readonly spawn?: SpawnAnalyzer;
  /** Told what is decided about frames and processes. */
  readonly record?: RecordDecision;
  /** Time before the GPU is tried again, ms; doubles each time. */
  readonly gpuRetryMs?: number;
}

/** A supervised analyzer. */
export class Analyzer {
  readonly #spawn: SpawnAnalyzer;
  readonly #log: Logger;
  readonly #limits: SupervisionLimits;
  readonly #record: RecordDecision;
  readonly #frames = new PendingFrames();
  readonly #readyWaiters: { resolve: (ready: AnalyzerReady) => void; reject: (error: Error) => void }[] = [];
  readonly #lastLines: string[] = [];
  readonly #fallback: Fallback;
  readonly #gpuReturn: GpuReturn;
  readonly #watchdog: Watchdog;
  #child: AnalyzerChild | undefined;
  #state: AnalyzerState["state"] = "starting";
  #ready: AnalyzerReady | null = null;
  #error: Error | undefined;
  #residentBytes = 0;
  #restarts = 0;
  #deathsInARow = 0;
  #vainStarts = 0;
  /** What is to be done as soon as no frame is under way; nothing is sent until then. */
  #between: (() => void) | null = null;
  /** The death to come is the supervisor's own doing, and no frame's. */
  #isPlanned = false;
  #lastRecycleMs = Number.NEGATIVE_INFINITY;
  #restart: NodeJS.Timeout | undefined;
  #onDead: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#log = options.log;
    this.#spawn = options.spawn ?? spawnAnalyzer;
    this.#limits = options.limits ?? DEFAULT_SUPERVISION;
    this.#record = options.record ?? (() => undefined);
    this.#fallback = new Fallback(options.analyzer);
    this.#watchdog = new Watchdog({ silenceMs: this.#limits.silenceMs, onStopped: (how) => this.#killStopped(how) });
    this.#gpuReturn = new GpuReturn({
      spawn: this.#spawn,
      options: options.analyzer,
      firstPauseMs: options.gpuRetryMs ?? SUPERVISION.gpuRetryMs,
      isAsGood: (ready) => this.#fallback.isAsGood(ready),
      onReturned: () => this.#goBackToGpu(),
    });
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
    const result = this.#frames.add(frame);
    this.#pump();
    return result;
  }

  state(): AnalyzerState {
    return {
      state: this.#state,
      restarts: this.#restarts,
      ready: this.#ready,
      notes: this.#fallback.notes(),
      residentBytes: this.#residentBytes,
    };
  }

  /** Ends the process, `isNow` by killing it; frames still pending reject with AnalyzerClosedError. Idempotent. */
  close(isNow = false): Promise<void> {
    this.#closing ??= this.#end(isNow);
    return this.#closing;
  }

  async #end(isNow: boolean): Promise<void> {
    const child = this.#child;
    this.#giveUp(new AnalyzerClosedError(), "stopped");
    if (child === undefined) return;
    await new Promise<void>((resolve) => {
      const grace = setTimeout(() => child.kill(), SUPERVISION.endGraceMs);
      this.#onDead = () => {
        clearTimeout(grace);
        resolve();
      };
      if (isNow) child.kill();
      else child.end();
    });
  }

  #startChild(): void {
    this.#watchdog.start(this.#limits.frameDeadlineMs);
    // Loading a model takes what it takes, however short the limit of a frame is.
    this.#watchdog.expect(Math.max(this.#limits.frameDeadlineMs, SUPERVISION.startDeadlineMs));
    this.#child = this.#spawn(this.#fallback.options, {
      message: (message) => this.#receive(message),
      beat: (residentBytes) => this.#feel(residentBytes),
      printed: (line) => this.#keepLine(line),
      death: (death) => this.#bury(death),
    });
  }

  /** Native libraries are talkative: what they print matters only when the process dies. */
  #keepLine(line: string): void {
    this.#log.debug({ event: "analyzer-printed", line }, "the analyzer printed a line");
    this.#lastLines.push(line);
    if (this.#lastLines.length > SUPERVISION.linesKept) this.#lastLines.shift();
  }

  #receive(message: FromAnalyzer): void {
    switch (message.op) {
      case "ready":
        this.#begin(message);
        break;
      case "refused":
        this.#giveUp(new AnalyzerRefusedError(message), "failed");
        break;
      default:
        this.#deathsInARow = 0;
        this.#record("frame-result", { seq: message.seq, outcome: message.op });
        this.#settle(message);
    }
  }

  #begin(ready: AnalyzerReady): void {
    this.#ready = ready;
    this.#vainStarts = 0;
    this.#state = "ready";
    this.#fallback.take(ready);
    const { filterBackend, segmenterBackend } = ready;
    this.#log.info({ event: "analyzer-ready", filterBackend, segmenterBackend }, "an analyzer is ready");
    this.#watchGpu();
    for (const waiter of this.#readyWaiters.splice(0)) waiter.resolve(ready);
    this.#pump();
  }

  #settle(out: AnalysisOut): void {
    const degraded = this.#fallback.notes();
    this.#frames.settle(out.op === "analysed" && degraded.length > 0 ? { ...out, degraded } : out);
    this.#pump();
  }

  #pump(): void {
    if (this.#state !== "ready") return;
    if (this.#between === null) for (const sending of this.#frames.take()) this.#send(sending);
    else if (this.#frames.sent === 0) this.#between();
    if (!this.#isPlanned) this.#expectResult();
  }

  #send({ frame, isSuspect }: Sending): void {
    this.#record(isSuspect ? "frame-sent-again" : "frame-sent", { seq: frame.seq });
    this.#child?.send(frame);
  }

  /** Each result starts the clock of the next; what is computed together comes together. */
  #expectResult(): void {
    const { sent } = this.#frames;
    const together = Math.min(sent, this.#ready?.batchLimit ?? 1);
    this.#watchdog.expect(sent === 0 ? null : together * this.#limits.frameDeadlineMs);
  }

  #killStopped(how: Stoppage): void {
    const { frameDeadlineMs, silenceMs } = this.#limits;
    const text = how === "silent" ? "the analyzer gives no sign of life" : "the analyzer gave no result in time";
    this.#log.error({ event: "analyzer-stopped", how, frameDeadlineMs, silenceMs }, `${text} and is killed`);
    this.#child?.kill();
  }

  #feel(residentBytes: number): void {
    this.#watchdog.beat();
    this.#residentBytes = residentBytes;
    const { memoryBytes } = this.#limits;
    if (memoryBytes === null || residentBytes <= memoryBytes || this.#between !== null) return;
    // A process that is as large as this right after its start is left alone: to start it again and again helps nobody.
    if (performance.now() - this.#lastRecycleMs < SUPERVISION.recyclePauseMs || this.#state !== "ready") return;
    this.#lastRecycleMs = performance.now();
    const text = "the analyzer is over its memory limit and is started again between frames";
    this.#log.warn({ event: "analyzer-too-large", residentBytes, memoryBytes }, text);
    this.#between = () => this.#replaceChild();
    this.#pump();
  }

  /** No frame is under way: the process ends, and the next one starts. */
  #replaceChild(): void {
    this.#isPlanned = true;
    this.#state = "restarting";
    this.#watchdog.expect(SUPERVISION.endGraceMs);
    this.#child?.end();
  }

  #watchGpu(): void {
    const notes = this.#fallback.notes();
    if (notes.length === 0) {
      this.#gpuReturn.stop();
    } else {
      this.#log.warn({ event: "gpu-left", notes }, "results are computed slower than they could be");
      this.#gpuReturn.watch();
    }
  }

  #goBackToGpu(): void {
    this.#log.info({ event: "gpu-returned" }, "the GPU computes again: it is used from the next frame on");
    this.#fallback.goBack();
    this.#between = () => this.#replaceChild();
    this.#pump();
  }

  #bury(death: Death): void {
    this.#watchdog.stop();
    const isPlanned = this.#isPlanned;
    this.#isPlanned = false;
    this.#between = null;
    this.#child = undefined;
    this.#residentBytes = 0;
    this.#onDead?.();
    if (this.#error !== undefined) return;
    if (isPlanned) this.#startAgain(0);
    else this.#mourn(death);
  }

  #mourn(death: Death): void {
    this.#deathsInARow += 1;
    if (this.#state !== "ready") this.#vainStarts += 1;
    const facts = { death: deathText(death), inARow: this.#deathsInARow, printed: this.#lastLines.splice(0) };
    this.#log.warn({ event: "analyzer-died", ...facts }, "the analyzer died; frames in flight are sent again");
    this.#state = "restarting";
    this.#takeBackFrames(death);
    if (this.#vainStarts >= SUPERVISION.vainStartsBeforeFailed) {
      this.#giveUp(new AnalyzerFailedError(this.#vainStarts, deathText(death)), "failed");
      return;
    }
    if (this.#deathsInARow === SUPERVISION.deathsBeforeCpu) {
      this.#fallback.leaveGpu(`the analyzer died ${this.#deathsInARow} times in a row (${deathText(death)})`);
    }
    this.#startAgain(Math.min(SUPERVISION.restartPauseMs * this.#deathsInARow, SUPERVISION.restartPauseLimitMs));
  }

  #startAgain(pauseMs: number): void {
    this.#state = "restarting";
    this.#restart = setTimeout(() => {
      this.#restarts += 1;
      this.#startChild();
    }, pauseMs);
  }

  #takeBackFrames(death: Death): void {
    const isBlamed = death.exitCode !== GPU_LOST_EXIT_CODE;
    const { seqs, poison } = this.#frames.takeBack(deathText(death), isBlamed);
    if (seqs.length > 0) this.#record("frames-taken-back", { seqs, death: deathText(death) });
    for (const out of poison) this.#settle(out);
  }

  #giveUp(error: Error, state: "failed" | "stopped"): void {
    this.#error ??= error;
    this.#state = state;
    clearTimeout(this.#restart);
    this.#gpuReturn.stop();
    this.#watchdog.stop();
    for (const waiter of this.#readyWaiters.splice(0)) waiter.reject(error);
    this.#frames.rejectAll(error);
  }
}
