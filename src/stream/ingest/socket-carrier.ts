/**
 * A TCP or unix socket as a carrier.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Carrier } from "./carrier.js";

/** Time that the other side has to take the last bytes and end, too, ms. */
const CLOSE_MS = 1_000;
/** After this much silence the system asks whether the other side is there, ms. */
const KEEP_ALIVE_MS = 30_000;

/** `socket` must not have had a listener for its data yet. */
export function socketCarrier(socket: Socket, peer: string): Carrier {
  let broken: Error | undefined;
  const waiting: (() => void)[] = [];
  const goOn = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  socket.on("drain", goOn);
  socket.on("close", goOn);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.on("error", (error) => {
    broken = error;
  });
  return {
    peer,
    onBytes: (take) => {
      socket.on("data", take);
    },
    onEnd: (ended) => {
      if (socket.closed) ended(broken);
      else socket.once("close", () => ended(broken));
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    send: (bytes) => socket.writable && socket.write(bytes),
    drained: () =>
      new Promise((resolve) => {
        if (socket.writable && socket.writableNeedDrain) waiting.push(resolve);
        else resolve();
      }),
    close: () => {
      socket.end();
      // What still comes is read and left: unread bytes would make the system reset the connection, and lose the last words.
      socket.resume();
      const timer = setTimeout(() => socket.destroy(), CLOSE_MS);
      socket.once("close", () => clearTimeout(timer));
    },
  };
}
