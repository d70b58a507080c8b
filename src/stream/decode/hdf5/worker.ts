/**
 * The thread that reads HDF5. The library is C, compiled to WebAssembly, and is handed files from anywhere: here it can neither hold up
 * nor bring down whoever asks.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import { errorText } from "../../base/errors.js";
import { FrameRejectedError } from "../../base/frame.js";
import { corrupt } from "../refusals.js";
import { countPages, decodePage } from "./image.js";
import { Hdf5File, libraryMemoryBytes } from "./library.js";
import type { Hdf5Reply, Hdf5Request } from "./messages.js";

/** The library keeps what it has once had; beyond this a new thread is begun for the next file. */
const MEMORY_KEPT_BYTES = 268_435_456;

/** The part of the global that is used here; the libraries for Node do not declare it. */
declare const WebAssembly: { readonly RuntimeError: new () => Error };

parentPort?.on("message", (request: Hdf5Request) => {
  const reply = answer(request);
  parentPort?.postMessage(reply, reply.state === "decoded" ? [reply.frame.pixels.buffer as ArrayBuffer] : []);
  if (libraryMemoryBytes() > MEMORY_KEPT_BYTES) process.exit();
});

function answer(request: Hdf5Request): Hdf5Reply {
  const { id } = request;
  try {
    return reading(request);
  } catch (error) {
    // A trap of WebAssembly leaves the library as it was at that moment.
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError)
      return { id, state: "broken", detail: errorText(error) };
    const { reason, received, expected, remedy } =
      error instanceof FrameRejectedError
        ? error
        : corrupt(`an HDF5 file that cannot be read (${errorText(error).slice(0, 200)})`, "a whole HDF5 file", error);
    return { id, state: "refused", reason, received, expected, remedy };
  }
}

function reading({ id, place, dataset, page }: Hdf5Request): Hdf5Reply {
  const file = new Hdf5File(place);
  try {
    return page === null
      ? { id, state: "counted", pages: countPages(file, dataset) }
      : { id, state: "decoded", frame: decodePage(file, dataset, page) };
  } finally {
    file.close();
  }
}
