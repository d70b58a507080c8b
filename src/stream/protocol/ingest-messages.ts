/**
 * Every message between a sender of frames and the daemon: one schema each. INGEST.md specifies every byte; a test holds the two together.
 *
 * @module
 */
import { z } from "zod";
import type { ErrorReport } from "../base/errors.js";
import { OstwaldError } from "../base/errors.js";
import { runName, runNotes } from "./run-messages.js";

/** Version of the ingest protocol. A change that the other side cannot ignore raises it. */
export const INGEST_VERSION = 1;
/** WebSocket subprotocol of the same bytes. */
export const INGEST_SUBPROTOCOL = "ostwald.ingest.v1";

export const INGEST_LIMITS = {
  /** Longest header of a message, bytes. */
  headerBytes: 65_536,
  /** Largest payload of a message, bytes: the largest frame, 4 bytes a pixel. */
  payloadBytes: 268_435_456,
  /** Items that a sender may send beyond the last that the daemon has told it to have taken in. */
  window: 64,
  /** Time that a sender has from its connection to the end of its `hello`, ms. */
  helloMs: 10_000,
  /** Senders connected to one address at the same time. */
  senders: 64,
  /** Refusals that one `progress` tells at most. */
  refusalsPerProgress: 256,
} as const;

/** How the samples of a frame may be typed. */
const PIXEL_TYPE_NAMES = ["u8", "u16", "u32", "i8", "i16", "i32", "f32"] as const;

const label = z.string().min(1).max(200).optional();
/** 1, 2, 3, ... within a session. Twelve digits are a frame a microsecond for ten days. */
const number = z.int().min(1).max(999_999_999_999);
const through = z.int().min(0).max(999_999_999_999);
const name = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "1 to 64 letters, digits, dots, dashes and underscores");
const edgePx = z.int().min(1).max(1_000_000);

/** First on every connection: who sends, and what it still has. */
export const ingestHelloSchema = z.strictObject({
  op: z.literal("hello"),
  stream: name,
  session: name,
  /** All items before it are settled, as the sender knows. */
  firstNumber: number.default(1),
  token: z.string().min(1).max(1_024).optional(),
});

/** A frame as bare samples. */
export const ingestFrameSchema = z.strictObject({
  op: z.literal("frame"),
  number,
  label,
  widthPx: edgePx,
  heightPx: edgePx,
  type: z.enum(PIXEL_TYPE_NAMES),
  byteOrder: z.enum(["little", "big"]).default("little"),
  pixelSizeNm: z.number().positive().optional(),
  acquiredAtMs: z.number().optional(),
  exposureMs: z.number().positive().optional(),
  /** The sender's own number of the frame: its gaps are frames that never came. */
  sequence: z.int().nonnegative().optional(),
});

/** A frame as an image file, whole. */
export const ingestFileSchema = z.strictObject({ op: z.literal("file"), number, label });

/** A file that the daemon can reach itself. */
export const ingestAnnounceSchema = z.strictObject({
  op: z.literal("announce"),
  number,
  path: z.string().min(1).max(4_096),
});

/** A run begins with the next frame; the one before ends. */
export const ingestBeginRunSchema = z.strictObject({
  op: z.literal("beginRun"),
  number,
  name: runName,
  notes: runNotes,
});

/** The run ends; the next frame begins another. */
export const ingestEndRunSchema = z.strictObject({ op: z.literal("endRun"), number });

export const senderMessageSchema = z.discriminatedUnion("op", [
  ingestHelloSchema,
  ingestFrameSchema,
  ingestFileSchema,
  ingestAnnounceSchema,
  ingestBeginRunSchema,
  ingestEndRunSchema,
]);
/** As the daemon reads it, defaults filled in. */
export type SenderMessage = z.output<typeof senderMessageSchema>;
/** As a sender writes it. */
export type SenderMessageInput = z.input<typeof senderMessageSchema>;
export type IngestHello = z.output<typeof ingestHelloSchema>;
/** What is numbered, and settled once. */
export type IngestItem = Exclude<SenderMessage, IngestHello>;
export type IngestItemInput = Exclude<SenderMessageInput, z.input<typeof ingestHelloSchema>>;

/** Messages that carry a payload. */
export const PAYLOAD_OPS: readonly string[] = ["frame", "file"];

/** The answer to `hello`: where the session stands. */
export const ingestWelcomeSchema = z.object({
  op: z.literal("welcome"),
  protocolVersion: z.literal(INGEST_VERSION),
  daemonVersion: z.string(),
  /** All items up to here are settled: they are not sent again. */
  settledThrough: through,
  /** The daemon has all items up to here in its hands: they are sent again only should this connection, too, end before they settle. */
  takenThrough: through,
  window: z.int().positive(),
  headerBytes: z.int().positive(),
  payloadBytes: z.int().positive(),
});

/** An item that gave no result. */
const ingestRefusalSchema = z.object({
  number,
  kind: z.enum(["rejected", "dropped"]),
  /** Of a rejection the reason, of a drop the cause, as in the stream of results. */
  reason: z.string(),
});
export type IngestRefusal = z.infer<typeof ingestRefusalSchema>;

/** How far the session is. */
export const ingestProgressSchema = z.object({
  op: z.literal("progress"),
  settledThrough: through,
  takenThrough: through,
  refused: z.array(ingestRefusalSchema).readonly(),
});
export type IngestProgress = z.infer<typeof ingestProgressSchema>;

/** Why the daemon ends a connection. */
export const INGEST_ERROR_REASONS = [
  "not-ingest",
  "version",
  "too-large",
  "checksum",
  "malformed",
  "no-hello",
  "unauthorised",
  "out-of-order",
  "window",
  "replaced",
  "busy",
  "stopping",
] as const;
export type IngestErrorReason = (typeof INGEST_ERROR_REASONS)[number];

/** The last message before the daemon closes. */
export const ingestErrorSchema = z.object({
  op: z.literal("error"),
  reason: z.enum(INGEST_ERROR_REASONS),
  received: z.string(),
  expected: z.string(),
  remedy: z.string(),
});

export const receiverMessageSchema = z.discriminatedUnion("op", [
  ingestWelcomeSchema,
  ingestProgressSchema,
  ingestErrorSchema,
]);
export type ReceiverMessage = z.infer<typeof receiverMessageSchema>;
export type IngestWelcome = z.infer<typeof ingestWelcomeSchema>;

/** A sender and the daemon do not understand each other; the connection ends. Nothing that was acknowledged is lost. */
export class IngestError extends OstwaldError {
  readonly tag = "Ingest";
  readonly reason: IngestErrorReason;

  constructor(reason: IngestErrorReason, report: ErrorReport) {
    super(report);
    this.reason = reason;
  }
}
