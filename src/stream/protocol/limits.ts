/**
 * Limits and close codes of the stream. PROTOCOL.md lists them; a test compares the two.
 *
 * @module
 */

/** What daemon and client may send, and how fast. */
export const PROTOCOL_LIMITS = {
  /** Largest message of a client, bytes. A `configure` of every setting takes less than 1 kB. */
  clientMessageBytes: 65_536,
  /** Largest message of the daemon, bytes: outlines of 20,000 particles with 400 points each. */
  serverMessageBytes: 67_108_864,
  /** Pieces (WebSocket fragments) of a client's message. */
  clientMessageFragments: 64,
  /** Deepest nesting of a msgpack message; `hello` needs 6. */
  nestingDepth: 16,
  /** Messages a client may send in the long run, 1/s. */
  clientMessagesPerSecond: 100,
  /** Messages a client may send at once. */
  clientMessageBurst: 200,
  /** Requests of one client that are not answered yet. */
  openRequests: 256,
  /** Clients at the same time. */
  clients: 64,
  /** Bytes waiting for one client; nothing more is handed to its socket above it. */
  bufferedBytesPerClient: 1_048_576,
  /** Events that the daemon holds for clients that are behind or come back; older ones come from the ledger. */
  heldEvents: 2_048,
  /** Least time between two pictures for a client, ms: 30 a second. */
  previewIntervalMs: 33,
  /** A connection is asked for a sign of life this often, ms; without one until the next time it is ended. */
  pingIntervalMs: 30_000,
} as const;

/** Why the daemon closes a connection: WebSocket status codes of RFC 6455. */
export const CLOSE_CODES = {
  /** The daemon is stopping. */
  goingAway: 1001,
  /** Bytes that are not WebSocket. */
  notWebSocket: 1002,
  /** A text message that is not UTF-8. */
  notUtf8: 1007,
  /** Too many messages, fragments, or requests whose answers are not read. */
  policyViolation: 1008,
  /** A message larger than `clientMessageBytes`. */
  messageTooBig: 1009,
  /** As many clients as `clients` are connected, or the events that a client is behind by cannot be read now. */
  tryAgainLater: 1013,
} as const;
