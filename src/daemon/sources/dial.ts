/**
 * From the address of a daemon to a connection that frames are sent over.
 *
 * @module
 */
import type { Carrier } from "../../stream/ingest/carrier.js";
import { dialSocket } from "../../stream/ingest/sender.js";
import { dialWebSocket } from "../server/ingest-websocket.js";
import { hostAndPort, parseAddress, SourceAddressError, socketPath } from "./address.js";

/** Connects to `tcp://HOST:PORT`, `unix:///PATH` or `ws://HOST:PORT/ingest`. Raises SourceAddressError for any other address. */
export function dialerOf(text: string): () => Promise<Carrier> {
  const address = parseAddress(text);
  switch (address.scheme) {
    case "tcp": {
      const where = hostAndPort(address);
      return () => dialSocket(where, text);
    }
    case "unix": {
      const path = socketPath(address);
      return () => dialSocket({ path }, text);
    }
    case "ws":
      return () => dialWebSocket(text);
    default:
      throw new SourceAddressError({
        received: text,
        expected: "tcp://HOST:PORT, unix:///PATH or ws://HOST:PORT/ingest",
        remedy: "Name the address that `ostwald receive` prints.",
      });
  }
}
