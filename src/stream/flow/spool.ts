/**
 * The spool of one stream: frames that its queue has no room for wait on disk, and come out in the order in which they came.
 *
 * They are seen and in flight, but have no number yet: they get it when their turn comes, so that the order of other streams does not wait
 * for them. A run that begins or ends between two of them does so in its place. What is there when the daemon ends is the next one's.
 *
 * @module
 */
import type { SpoolState } from "../base/cadence.js";
import { errorText } from "../base/errors.js";
import type { MonotonicMs } from "../base/units.js";
import type { FramePayload, OfferedFrame } from "../source/source.js";
import type { Clock } from "./clock.js";
import type { DiskEntry } from "./disk-queue.js";
import { DiskQueue } from "./disk-queue.js";
import type { RunChange } from "./intake.js";

/** The queue on disk, and the keys of the frames that the daemon before left there. */
export interface OpenedSpool {
  readonly disk: DiskQueue;
  readonly limitBytes: number;
  readonly keys: readonly string[];
}

export interface SpoolOptions extends OpenedSpool {
  readonly clock: Clock;
  /** Whether another frame may come out. */
  readonly hasRoom: () => boolean;
  /** Whether a frame is still to be analysed: one that was left by the daemon before may be recorded. */
  readonly isWanted: (key: string) => boolean;
  /** A frame whose turn has come; `release` lets it go from the disk. */
  readonly onFrame: (frame: SpooledFrame, release: () => void) => void;
  /** A run that begins or ends here. */
  readonly onRun: (change: RunChange) => Promise<void>;
}

/** A frame from the spool. */
export interface SpooledFrame {
  readonly frame: OfferedFrame;
  readonly takenInAtMs: MonotonicMs;
  /** Whether its bytes are those that were written. */
  readonly isWhole: boolean;
}

type Head =
  | { readonly kind: "frame"; readonly frame: OfferedFrame }
  | { readonly kind: "run"; readonly change: RunChange };

/** Opens the spool of one stream in a folder of its own, with what the daemon before has left there. Raises the errors of the file system. */
export async function openSpool(dir: string, limitBytes: number): Promise<OpenedSpool> {
  const keys: string[] = [];
  const disk = await DiskQueue.open({ dir, limitBytes }, (head) => {
    const entry = head as Head;
    if (entry.kind === "frame") keys.push(entry.frame.key);
  });
  return { disk, limitBytes, keys };
}

const NO_BYTES = new Uint8Array();
/** Pause before the disk is tried again, ms. */
const RETRY_MS = 500;

export class Spool {
  readonly #options: SpoolOptions;
  /** What was put in and has not come out. */
  #waiting: number;
  #frames: number;
  #isPumping = false;
  /** Room was made, or something was put in, since the last look. */
  #wantsPump = false;
  #isClosed = false;
  #trouble: string | null = null;
  /** Producers that wait for room on the disk. */
  readonly #held: (() => void)[] = [];

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#waiting = options.disk.length;
    this.#frames = options.keys.length;
  }

  /** Whether nothing is before what comes next. */
  get isEmpty(): boolean {
    return this.#waiting === 0;
  }

  get state(): SpoolState {
    const { disk, limitBytes } = this.#options;
    return { frames: this.#frames, bytes: disk.bytes, limitBytes, trouble: this.#trouble };
  }

  /** Puts a frame on disk. Resolves when it is there: its source may offer the next. */
  async put(frame: OfferedFrame): Promise<void> {
    const { payload } = frame;
    const bytes = payload.kind === "file" ? NO_BYTES : payload.bytes;
    this.#frames += 1;
    await this.#write({ kind: "frame", frame: { ...frame, payload: withBytes(payload, NO_BYTES) } }, bytes);
  }

  /** Puts the beginning or end of a run in its place between frames. */
  putRun(change: RunChange): Promise<void> {
    return this.#write({ kind: "run", change }, NO_BYTES);
  }

  /** Lets out what there is room for. */
  pump(): void {
    this.#wantsPump = true;
    if (!this.#isPumping) void this.#pumpAll();
  }

  /** Lets go of the files; what has not come out stays there. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.#options.disk.close();
  }

  async #write(head: Head, bytes: Uint8Array): Promise<void> {
    this.#waiting += 1;
    const { disk } = this.#options;
    while (!this.#isClosed) {
      if (disk.isFull) await new Promise<void>((goOn) => this.#held.push(goOn));
      else if (await this.#tried("written", () => disk.push(head, bytes))) break;
    }
    this.pump();
  }

  async #pumpAll(): Promise<void> {
    const { disk, hasRoom } = this.#options;
    this.#isPumping = true;
    while (this.#wantsPump && !this.#isClosed) {
      this.#wantsPump = false;
      while (!this.#isClosed && disk.length > 0 && hasRoom()) {
        const read: { entry?: DiskEntry | undefined } = {};
        await this.#tried("read", async () => {
          read.entry = await disk.shift();
        });
        if (read.entry !== undefined) await this.#letOut(read.entry);
      }
    }
    this.#isPumping = false;
  }

  async #letOut({ head, bytes, release }: DiskEntry): Promise<void> {
    const { clock, isWanted, onFrame, onRun } = this.#options;
    const letGo = () => void release().then(() => this.#wake());
    // Written by this program, and its checksum is right.
    const entry = head as Head;
    this.#waiting -= 1;
    if (entry.kind === "run") {
      await onRun(entry.change);
      return letGo();
    }
    this.#frames = Math.max(0, this.#frames - 1);
    if (!isWanted(entry.frame.key)) return letGo();
    const frame = { ...entry.frame, payload: withBytes(entry.frame.payload, bytes ?? NO_BYTES) };
    const waitedMs = Math.max(0, clock.unixMs() - frame.receivedAtMs);
    const takenInAtMs = (clock.monotonicMs() - waitedMs) as MonotonicMs;
    onFrame({ frame, takenInAtMs, isWhole: bytes !== null }, letGo);
  }

  /** Whether `work` was done; the disk is given time where not. */
  async #tried(what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.#trouble = null;
      return true;
    } catch (error) {
      this.#trouble = `the spool cannot be ${what} (${errorText(error)}): frames wait, nothing is lost`;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      return false;
    }
  }

  #wake(): void {
    for (const goOn of this.#held.splice(0)) goOn();
  }
}

function withBytes(payload: FramePayload, bytes: Uint8Array): FramePayload {
  return payload.kind === "file" ? payload : { ...payload, bytes };
}
