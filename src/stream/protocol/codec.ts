/**
 * Messages to bytes and back, in both encodings, checked on the way in. PROTOCOL.md specifies every byte.
 *
 * @module
 */
// This entry point, unlike the package's main one, loads no native code in Node; it is the same code in both.
import { Packr } from "msgpackr/pack";
import type { z } from "zod";
import { errorText } from "../base/errors.js";
import { PROTOCOL_LIMITS } from "./limits.js";
import type { ClientMessage, ClientRequest, Encoding, ServerMessage } from "./messages.js";
import { clientMessageSchema, serverMessageSchema } from "./messages.js";
import { msgpackProblem } from "./msgpack-check.js";
import { decodePreview, encodePreview } from "./preview-message.js";
import { ProtocolError } from "./protocol-error.js";
import { withPlainArrays, withTypedArrays } from "./typed-arrays.js";

/** What one WebSocket message carries: text or bytes. */
export type WireData = string | Uint8Array;

const CLIENT_OPS = clientMessageSchema.options.map((option) => option.shape.op.value);
const SERVER_OPS = serverMessageSchema.options.map((option) => option.shape.op.value);

const packr = new Packr({
  // Typed arrays as extension 0x74; without it they are written wrongly.
  moreTypes: true,
  // Plain maps, which every reader understands; records would also be read by generated code, which a page's policy forbids.
  useRecords: false,
  mapsAsObjects: true,
  // The shortest token for small maps, as other writers choose it.
  variableMapSize: true,
  // No references inside a message.
  structuredClone: false,
  // Other writers send whole numbers as 64 bits.
  int64AsType: "number",
});

/** A message of the daemon, as one WebSocket message: text for JSON (`preview`: bytes), bytes for msgpack. */
export function encodeServerMessage(encoding: "msgpack", message: ServerMessage): Uint8Array<ArrayBuffer>;
export function encodeServerMessage(encoding: Encoding, message: ServerMessage): WireData;
export function encodeServerMessage(encoding: Encoding, message: ServerMessage): WireData {
  if (encoding === "msgpack") return packed(message);
  return message.op === "preview" ? encodePreview(message) : JSON.stringify(withPlainArrays(message));
}

/** A message of a client, as one WebSocket message: text for JSON, bytes for msgpack. */
export function encodeClientMessage(encoding: "msgpack", message: ClientMessage): Uint8Array<ArrayBuffer>;
export function encodeClientMessage(encoding: Encoding, message: ClientMessage): WireData;
export function encodeClientMessage(encoding: Encoding, message: ClientMessage): WireData {
  return encoding === "msgpack" ? packed(message) : JSON.stringify(message);
}

/**
 * Reads a message of the daemon; fields that this version does not know are left out.
 *
 * Raises {@link ProtocolError}; its reason `unknown-op` means a newer daemon, and the message is to be ignored.
 */
export function decodeServerMessage(encoding: Encoding, data: WireData): ServerMessage {
  requireSize(data, PROTOCOL_LIMITS.serverMessageBytes);
  if (encoding === "msgpack") return validated(serverMessageSchema, SERVER_OPS, parsed(encoding, data));
  const value = unlessMalformed(encoding, () =>
    withTypedArrays(typeof data === "string" ? JSON.parse(data) : decodePreview(data)),
  );
  return validated(serverMessageSchema, SERVER_OPS, value);
}

/** Reads a message of a client, defaults filled in. Raises {@link ProtocolError} for everything else. */
export function decodeClientMessage(encoding: Encoding, data: WireData): ClientRequest {
  requireSize(data, PROTOCOL_LIMITS.clientMessageBytes);
  return validated(clientMessageSchema, CLIENT_OPS, parsed(encoding, data));
}

/** Any plain value as msgpack, for a link between processes of one version. The bytes are not copied and must not be written to. */
export function packValue(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** The inverse of {@link packValue}. `bytes` must come from there: they are not checked. Byte arrays may be views of `bytes`. */
export function unpackValue(bytes: Uint8Array): unknown {
  // As a plain Uint8Array: from a subclass of it the byte arrays inside would be of that subclass too.
  return packr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** An own copy: what `pack` gives is a part of a large shared buffer, which a held message would keep in memory. */
function packed(value: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(packr.pack(value));
}

function requireSize(data: WireData, limit: number): void {
  // A text of n characters takes at least n bytes; the socket counts the bytes exactly.
  if (data.length <= limit) return;
  throw new ProtocolError("too-large", {
    received: `a message of ${data.length} bytes`,
    expected: `at most ${limit} bytes`,
    remedy: "Send less in one message.",
  });
}

function parsed(encoding: Encoding, data: WireData): unknown {
  return unlessMalformed(encoding, () => {
    if (encoding === "json") {
      if (typeof data !== "string") throw new Error("a binary message");
      return JSON.parse(data);
    }
    if (typeof data === "string") throw new Error("a text message");
    const problem = msgpackProblem(data);
    if (problem !== null) throw new Error(problem);
    return unpackValue(data);
  });
}

function unlessMalformed(encoding: Encoding, read: () => unknown): unknown {
  try {
    return read();
  } catch (cause) {
    throw new ProtocolError("malformed", {
      received: errorText(cause),
      expected: encoding === "json" ? "a text message of JSON" : "a binary message of one MessagePack map",
      remedy: "Encode as the negotiated subprotocol says.",
      cause,
    });
  }
}

function validated<Schema extends z.ZodType>(schema: Schema, ops: readonly string[], value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const op = fieldOf(value, "op");
  const id = fieldOf(value, "requestId");
  const requestId = typeof id === "string" ? id.slice(0, 64) : null;
  if (typeof op === "string" && !ops.includes(op)) {
    throw new ProtocolError(
      "unknown-op",
      {
        received: `op = ${shown(op)}`,
        expected: `one of ${ops.join(", ")}`,
        remedy: "Use the version of the protocol that hello states.",
      },
      requestId,
    );
  }
  throw new ProtocolError("invalid", invalidity(value, result.error), requestId);
}

/** The first thing that is wrong, with its place in the message. */
function invalidity(value: unknown, error: z.ZodError) {
  const [issue] = error.issues;
  const path = issue?.path ?? [];
  const place = issue?.code === "unrecognized_keys" ? [...path, issue.keys[0] ?? ""] : path;
  const found = place.reduce<unknown>(fieldOf, value);
  return {
    received: place.length === 0 ? shown(found) : `${place.join(".")} = ${shown(found)}`,
    expected: issue?.code === "unrecognized_keys" ? "no such field" : (issue?.message ?? "a message of the protocol"),
    remedy: "Correct the message and send it again; nothing of it was carried out.",
  };
}

function fieldOf(value: unknown, name: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

const SHOWN_CHARACTERS = 80;

/** A value for an error's text, short whatever was sent. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, SHOWN_CHARACTERS));
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (typeof value === "object" && value !== null) return "a map";
  return value === undefined ? "nothing" : String(value);
}
