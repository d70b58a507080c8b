/**
 * Asking the thread that reads HDF5: started when the first file comes, replaced when it hangs, breaks or has grown.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type Frame, FrameRejectedError } from "../../base/frame.js";
import { readAll } from "../byte-source.js";
import type { ByteSource } from "../format.js";
import { corrupt } from "../refusals.js";
import type { Hdf5Place, Hdf5Reply, Hdf5Request } from "./messages.js";

/** The thread's file, built. The same from `src/` and from `dist/`, which have the same depth. */
const ENTRY = fileURLToPath(new URL("../../../../dist/stream/decode/hdf5/worker.js", import.meta.url));
/** Longest time to count pages and to decode one, ms: a file that takes longer is made to, or lies on a share that is gone. */
const LIMIT_MS = { count: 5_000, decode: 20_000 } as const;

/** A question without its number. */
type Question = Omit<Hdf5Request, "id">;

class Hdf5Thread {
  #worker: Worker | null = null;
  #next = 1;
  /** Questions are asked one after the other: the library does one thing at a time. */
  #last: Promise<unknown> = Promise.resolve();

  ask(question: Question): Promise<Hdf5Reply> {
    const asked = this.#last.then(() => this.#ask({ id: this.#next++, ...question }));
    this.#last = asked.catch(() => undefined);
    return asked;
  }

  async #ask(request: Hdf5Request): Promise<Hdf5Reply> {
    const worker = this.#worker ?? this.#start();
    // While it works for somebody the process waits for it, and only then.
    worker.ref();
    try {
      return await replyOf(worker, request);
    } catch (error) {
      // The file stays open until nobody reads it any more.
      if (this.#worker === worker) this.#worker = null;
      await worker.terminate();
      throw error;
    } finally {
      worker.unref();
    }
  }

  #start(): Worker {
    // A loader of whoever runs this from source (tsx) is not for the built file.
    const worker = new Worker(ENTRY, { execArgv: [] });
    worker.on("error", () => undefined);
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = null;
    });
    this.#worker = worker;
    return worker;
  }
}

/** Raises FrameRejectedError `corrupt` where the thread ends, or takes too long. */
function replyOf(worker: Worker, request: Hdf5Request): Promise<Hdf5Reply> {
  const limitMs = request.page === null ? LIMIT_MS.count : LIMIT_MS.decode;
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      worker.off("message", take);
      worker.off("error", fail);
      worker.off("exit", end);
      settle();
    };
    const refuse = (what: string, cause?: unknown) =>
      finish(() =>
        reject(corrupt(`an HDF5 file on which the library ${what}`, "a file that its writer has closed", cause)),
      );
    const take = (reply: Hdf5Reply) => {
      if (reply.id !== request.id) return;
      if (reply.state === "broken") refuse(`breaks (${reply.detail})`);
      else finish(() => resolve(reply));
    };
    const fail = (error: unknown) => refuse("fails", error);
    const end = () => refuse("ends");
    const timer = setTimeout(() => refuse(`works for more than ${limitMs / 1000} s`), limitMs);
    worker.on("message", take);
    worker.on("error", fail);
    worker.on("exit", end);
    worker.postMessage(request);
  });
}

const thread = new Hdf5Thread();

/** Pages of the image in an HDF5 file. Raises FrameRejectedError. */
export async function countHdf5Pages(source: ByteSource, dataset: string | null): Promise<number> {
  const reply = await thread.ask({ place: await placeOf(source), dataset, page: null });
  if (reply.state === "counted") return reply.pages;
  throw refusalFrom(reply);
}

/** A page of the image in an HDF5 file. Raises FrameRejectedError. */
export async function decodeHdf5Page(source: ByteSource, dataset: string | null, page: number): Promise<Frame> {
  const reply = await thread.ask({ place: await placeOf(source), dataset, page });
  if (reply.state === "decoded") return reply.frame;
  throw refusalFrom(reply);
}

async function placeOf(source: ByteSource): Promise<Hdf5Place> {
  const { file, sizeBytes } = source;
  if (file !== undefined) return { kind: "file", descriptor: file.descriptor, sizeBytes };
  // A view is sent with all of the memory it looks at: only its own bytes are to go.
  return { kind: "bytes", bytes: new Uint8Array(await readAll(source)) };
}

function refusalFrom(reply: Hdf5Reply): Error {
  return reply.state === "refused"
    ? new FrameRejectedError(reply.reason, reply)
    : new Error(`the HDF5 thread answered ${reply.state}`);
}
