/**
 * One experiment of the fault bench: frames come all along, daemons live and die, a client follows, and in the end there is a history.
 *
 * @module
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FrameAccount } from "../../../src/stream/base/accounting.js";
import type { EventMessage } from "../../../src/stream/protocol/messages.js";
import type { Random } from "../../../src/stream/source/simulated/random.js";
import type { CliProcess } from "../../support/cli-process.js";
import { startCli } from "../../support/cli-process.js";
import type { RecordedFrame } from "../../support/recorded.js";
import { readRecorded } from "../../support/recorded.js";
import { QUICK_FLAGS } from "../../support/small-frames.js";
import { connectClient } from "../../support/stream-client.js";
import { waitFor } from "../../support/waiting.js";
import type { FaultHistory } from "./check.js";
import { Follower } from "./follower.js";
import type { FrameSender, SenderOptions } from "./sender.js";
import { FolderSender } from "./sender.js";

/** Frames that may be on their way: enough that a daemon always has work, few enough that it is soon done. */
const AHEAD = 40;
/** A daemon that was asked to end has ended in this time, ms. The supervisor of a service would kill it after 90 s. */
const STOP_LIMIT_MS = 30_000;

export interface ExperimentOptions {
  readonly images: readonly Uint8Array[];
  readonly random: Random;
  /** What an undisturbed daemon records of image `index`; `null` while that is being found out. */
  readonly reference: readonly Omit<RecordedFrame, "label">[] | null;
  readonly createSender?: (home: string, options: SenderOptions) => FrameSender;
  readonly ahead?: number;
  /** Takes events one by one, so that none is kept: for days. */
  readonly onEvent?: (event: EventMessage) => void;
}

/** How a daemon is started: as it is without them. */
export interface LifeOptions {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class Experiment {
  readonly home: string;
  readonly ledger: string;
  readonly random: Random;
  readonly follower: Follower;
  readonly sender: FrameSender;
  readonly #options: ExperimentOptions;
  readonly #expected = new Map<string, Omit<RecordedFrame, "label">>();
  #life: CliProcess | null = null;
  #url: string | null = null;

  private constructor(home: string, options: ExperimentOptions) {
    const { images, ahead = AHEAD, createSender = folderSender } = options;
    this.home = home;
    this.ledger = join(home, "record.ledger");
    this.random = options.random;
    this.#options = options;
    this.follower = new Follower(options.onEvent);
    this.sender = createSender(home, { images, ahead, hasEnded: (label) => this.follower.ended.has(label) });
  }

  /** In a folder of its own; {@link dispose} removes it. */
  static async create(options: ExperimentOptions): Promise<Experiment> {
    const home = await mkdtemp(join(tmpdir(), "ostwald-faults-"));
    await mkdir(join(home, "frames"));
    return new Experiment(home, options);
  }

  /** The daemon of now. */
  get life(): CliProcess {
    if (this.#life === null) throw new Error("no daemon was started");
    return this.#life;
  }

  get url(): string {
    if (this.#url === null) throw new Error("the daemon does not answer yet");
    return this.#url;
  }

  /** Starts a daemon; does not wait for it. */
  launch({ flags = [], env = {} }: LifeOptions = {}): CliProcess {
    this.#url = null;
    this.#life = startCli([...this.sender.command, "--ledger", this.ledger, ...QUICK_FLAGS, ...flags], env);
    return this.#life;
  }

  /** Waits until the daemon answers and the client follows it; `false`: it has ended before. */
  async follow(): Promise<boolean> {
    const { life } = this;
    const url = () => /http:\/\/\S+/.exec(life.out())?.[0];
    await this.until("a daemon that answers", () => url() !== undefined || hasEnded(life));
    const address = url();
    if (address === undefined || hasEnded(life)) return false;
    this.#url = address;
    this.follower.connect(address);
    await this.until("a greeting", () => this.follower.isConnected || hasEnded(life));
    return !hasEnded(life);
  }

  /** A daemon that answers. */
  async start(options: LifeOptions = {}): Promise<void> {
    const life = this.launch(options);
    if (!(await this.follow())) throw new Error(`the daemon ended at its start\n${life.err()}`);
  }

  /** Waits until the client was told of `count` more frames, or the daemon has ended. */
  async untilFurther(count: number): Promise<void> {
    const wanted = this.follower.received.length + count;
    await this.until(`${count} further events`, () => this.follower.received.length >= wanted || hasEnded(this.life));
  }

  /** Ends the daemon as a loss of power would. */
  async kill(): Promise<void> {
    this.life.child.kill("SIGKILL");
    await this.life.ended;
    this.follower.disconnect();
  }

  /** Asks the daemon to end; raises where it does not with 0 and in time. */
  async stop(): Promise<void> {
    const { life } = this;
    life.child.kill("SIGTERM");
    const isInTime = await Promise.race([life.ended.then(() => true), late(STOP_LIMIT_MS)]);
    if (!isInTime) life.child.kill("SIGKILL");
    const code = await life.ended;
    this.follower.disconnect();
    if (!isInTime) throw new Error(`SIGTERM: still there after ${STOP_LIMIT_MS} ms\n${life.err()}`);
    if (code !== 0) throw new Error(`SIGTERM: exit code ${code}\n${life.err()}`);
  }

  /** Another outcome than an undisturbed daemon's is right for this frame. */
  expect(label: string, outcome: Omit<RecordedFrame, "label">): void {
    this.#expected.set(label, outcome);
  }

  /** Sends no more and lets the daemon of now finish every frame; gives its account. */
  async rest(): Promise<{ readonly sent: number; readonly account: FrameAccount; readonly seqBreaks: number }> {
    const { follower, sender } = this;
    await sender.stop();
    await this.until("the end of every frame", () => sender.sent.every((label) => follower.ended.has(label)));
    // Of after the last event.
    follower.health = null;
    const account = () => follower.health?.sources[0]?.account;
    await this.until("a daemon at rest", () => account()?.inFlight === 0);
    const atRest = account();
    if (atRest === undefined) throw new Error("there is no account");
    return { sent: sender.sent.length, account: atRest, seqBreaks: follower.seqBreaks + follower.gaps.length };
  }

  /** Lets the daemon of now finish every frame, asks for the whole record, stops it in order and gives what is known. */
  async finish(): Promise<FaultHistory> {
    const { account } = await this.rest();
    const { follower, sender } = this;
    const told = await this.#everything();
    await this.stop();
    const recorded = readRecorded(this.ledger);
    const { received, gaps } = follower;
    return { sent: sender.sent, received, gaps, told, recorded, account, expected: (label) => this.#outcomeOf(label) };
  }

  /** Ends what is left running and removes the folder. */
  async dispose(): Promise<void> {
    await this.sender.stop();
    this.sender.close();
    this.follower.disconnect();
    if (this.#life !== null && !hasEnded(this.#life)) await this.kill();
    await rm(this.home, { recursive: true, force: true });
  }

  until(what: string, isTrue: () => boolean): Promise<void> {
    const client = () =>
      `client ${this.follower.isConnected ? "connected" : "cut off"}, told ${this.follower.health?.notes}`;
    return waitFor(what, isTrue, { detail: () => `${client()}\n${this.#life?.err().slice(-4000) ?? ""}` });
  }

  /** What a client is told that comes now and asks for everything. */
  async #everything(): Promise<readonly EventMessage[]> {
    const client = await connectClient(this.url, "msgpack");
    const { lastSeq } = this.follower;
    await this.until("the whole record", () => client.lastSeq() >= lastSeq);
    client.close();
    return client.events();
  }

  #outcomeOf(label: string): Omit<RecordedFrame, "label"> {
    const { reference, images } = this.#options;
    const found = this.#expected.get(label) ?? reference?.[(Number(/\d+/.exec(label)?.[0]) - 1) % images.length];
    if (found === undefined) throw new Error(`nothing is known of ${label}`);
    return found;
  }
}

function folderSender(home: string, options: SenderOptions): FrameSender {
  return new FolderSender(join(home, "frames"), options);
}

export function hasEnded({ child }: CliProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function late(ms: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), ms).unref();
  });
}
