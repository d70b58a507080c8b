/**
 * Several analyzers behind the interface of one: while one waits for the disk or blocks on inference, another computes.
 *
 * @module
 */
import type { RecordDecision } from "../observe/flight-recorder.js";
import type { Logger } from "../observe/log.js";
import { AnalyzerClosedError } from "./errors.js";
import type { AnalysisOut, AnalyzerOptions, AnalyzerReady, FrameIn } from "./messages.js";
import type { AnalyzerState, SupervisionLimits } from "./supervision.js";
import { Analyzer } from "./supervisor.js";

export interface PoolOptions {
  /** Processes, >= 1. */
  readonly count: number;
  readonly analyzer: AnalyzerOptions;
  readonly log: Logger;
  readonly limits?: SupervisionLimits;
  /** Told what is decided about frames and processes. */
  readonly record?: RecordDecision;
}

/** What a pool and a single analyzer have in common. */
export type AnalyzerLike = Pick<Analyzer, "ready" | "analyze" | "state" | "close">;

interface Member {
  readonly analyzer: AnalyzerLike;
  /** Frames that it has not answered. */
  busy: number;
}

function memberOf(analyzer: AnalyzerLike): Member {
  return { analyzer, busy: 0 };
}

/** The states from best to worst: a pool is in the worst of its members'. */
const STATES: readonly AnalyzerState["state"][] = ["ready", "starting", "restarting", "stopped", "failed"];

/** Gives each frame to the member with the least to do; results come in any order. */
export class AnalyzerPool implements AnalyzerLike {
  #members: readonly Member[];
  /** Members that others have taken the place of, until the frames they had are done. */
  readonly #retiring = new Set<Member>();
  #retiredRestarts = 0;
  #isClosed = false;

  constructor(analyzers: readonly AnalyzerLike[]) {
    this.#members = analyzers.map(memberOf);
  }

  /** What computes, once every member is ready. Rejects as the first member that does. */
  async ready(): Promise<AnalyzerReady> {
    const all = await Promise.all(this.#members.map(({ analyzer }) => analyzer.ready()));
    return merged(all);
  }

  async analyze(frame: FrameIn): Promise<AnalysisOut> {
    const member = this.#leastBusy();
    member.busy += 1;
    try {
      return await member.analyzer.analyze(frame);
    } finally {
      member.busy -= 1;
      if (member.busy === 0 && this.#retiring.delete(member)) void member.analyzer.close();
    }
  }

  /**
   * Puts `successors` in the place of all members once each of them is ready: frames from then on go to them, those under way stay where they
   * are. Rejects as {@link ready} does when they cannot work; they are then closed, and the members before them serve on.
   */
  async replace(successors: readonly AnalyzerLike[]): Promise<AnalyzerReady> {
    const fresh = new AnalyzerPool(successors);
    try {
      const ready = await fresh.ready();
      if (this.#isClosed) throw new AnalyzerClosedError();
      this.#retire(this.#members);
      this.#members = fresh.#members;
      return ready;
    } catch (error) {
      await fresh.close();
      throw error;
    }
  }

  #retire(members: readonly Member[]): void {
    for (const member of members) {
      this.#retiredRestarts += member.analyzer.state().restarts;
      if (member.busy > 0) this.#retiring.add(member);
      else void member.analyzer.close();
    }
  }

  state(): AnalyzerState {
    const states = this.#members.map(({ analyzer }) => analyzer.state());
    const ready = states.map((state) => state.ready).filter((state) => state !== null);
    return {
      state: STATES[Math.max(...states.map(({ state }) => STATES.indexOf(state)))] ?? "failed",
      restarts: states.reduce((sum, { restarts }) => sum + restarts, this.#retiredRestarts),
      ready: ready.length === 0 ? null : merged(ready),
      notes: [...new Set(states.flatMap(({ notes }) => notes))],
      residentBytes: states.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    };
  }

  /** Ends every member, `isNow` by killing it. Idempotent, as they are. */
  async close(isNow = false): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#members, ...this.#retiring].map(({ analyzer }) => analyzer.close(isNow)));
  }

  /** One that restarts is passed over while another is ready. */
  #leastBusy(): Member {
    const load = ({ analyzer, busy }: Member) => busy + (analyzer.state().state === "ready" ? 0 : 1_000);
    return this.#members.reduce((best, member) => (load(member) < load(best) ? member : best));
  }
}

/** Members are started alike, so the first speaks for all; what any of them lacks is said. */
function merged(all: readonly AnalyzerReady[]): AnalyzerReady {
  const [first] = all;
  if (first === undefined) throw new RangeError("a pool without analyzers");
  return { ...first, notes: [...new Set(all.flatMap(({ notes }) => notes))] };
}

/** Starts `count` analyzer processes under supervision. */
export function startAnalyzers({ count, ...options }: PoolOptions): AnalyzerPool {
  return new AnalyzerPool(startMembers({ count, ...options }));
}

/** The members of a pool that is yet to be. */
export function startMembers({ count, ...options }: PoolOptions): readonly Analyzer[] {
  return Array.from({ length: count }, () => new Analyzer(options));
}
