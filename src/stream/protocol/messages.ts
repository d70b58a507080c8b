/**
 * Every message of the stream: one schema each, from which type, validator and PROTOCOL.md's tables come.
 *
 * The same messages travel as JSON and as msgpack; codec.ts knows how. Runs in browser and Node.
 *
 * @module
 */
import { z } from "zod";
import { DROP_CAUSES } from "../base/accounting.js";
import { CADENCE_POLICIES } from "../base/cadence.js";
import { REJECTION_REASONS } from "../base/frame.js";
import type { ParticleTable } from "../base/particles.js";
import { PARTICLE_COLUMN_NAMES, PARTICLE_COLUMNS } from "../base/particles.js";
import { filteredFrameMessageSchema, filterFrameMessageSchema } from "./filter-messages.js";
import {
  describeRunMessageSchema,
  endRunMessageSchema,
  listRunsMessageSchema,
  openRunMessageSchema,
  requestId,
  runEntrySchema,
  runMessageSchema,
  runSchema,
  runsMessageSchema,
  startRunMessageSchema,
} from "./run-messages.js";
import { settingsPatchSchema, settingsSchema } from "./settings.js";
import { stageTimesSchema, statisticsSchema } from "./statistics-schema.js";

/** Version of this protocol. A change that an old client cannot ignore raises it, and the subprotocols' names with it. */
export const PROTOCOL_VERSION = 1;

/** WebSocket subprotocols, one an encoding. */
export const SUBPROTOCOLS = { json: "ostwald.v1.json", msgpack: "ostwald.v1.msgpack" } as const;
export type Encoding = keyof typeof SUBPROTOCOLS;

/** What a client can subscribe to. `events` are frame, rejected and dropped: gap-free by `seq`. */
export const CHANNELS = ["events", "particles", "preview", "health"] as const;
export type Channel = (typeof CHANNELS)[number];

export const PREVIEW_KINDS = ["raw", "filtered"] as const;
export type PreviewKind = (typeof PREVIEW_KINDS)[number];

const count = z.int().nonnegative();
const seq = z.int().positive();
const unixMs = z.number();
const maybe = z.number().nullable();
const u8 = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "a column of bytes");
const u32 = z.custom<Uint32Array>((value) => value instanceof Uint32Array, "a column of unsigned 32-bit integers");
const f32 = z.custom<Float32Array>((value) => value instanceof Float32Array, "a column of 32-bit floats");
const displayRange = z.object({ low: z.number(), high: z.number() });

/** A frame was analysed, put in order and committed. */
export const frameMessageSchema = z.object({
  op: z.literal("frame"),
  seq,
  source: z.string(),
  label: z.string(),
  widthPx: count,
  heightPx: count,
  /** nm/px, from the file or the settings; `null` when unknown: lengths are then in px. */
  pixelSizeNm: maybe,
  receivedAtMs: unixMs,
  acquiredAtMs: maybe,
  committedAtMs: unixMs,
  statistics: statisticsSchema,
  intensity: z.object({ range: displayRange, frameRange: displayRange.optional(), raw: u32, filtered: u32 }),
  /** Absent in records of versions that did not measure it; `null` where the frame does not show it. */
  noise: z.object({ sigma: z.number(), gain: maybe, offset: maybe }).nullable().optional(),
  /** Strength of non-local means the frame was filtered with, grey levels. */
  nlmH: maybe.optional(),
  stageTimesMs: stageTimesSchema,
  /** Number of the settings the frame was analysed with: the `settingsId` of a `settings` message. */
  settingsId: count,
  /** What computed it: filter and segmenter, in words. */
  computedBy: z.object({ filter: z.string(), segmenter: z.string() }),
  /** What computed it slower than it could, and why; left out when nothing did. */
  degraded: z.array(z.string()).readonly().optional(),
});
export type FrameMessage = z.infer<typeof frameMessageSchema>;

/** A frame was refused: an outcome with a reason, in its place in the order. */
export const rejectedMessageSchema = z.object({
  op: z.literal("rejected"),
  seq,
  source: z.string(),
  label: z.string(),
  receivedAtMs: unixMs,
  reason: z.enum(REJECTION_REASONS),
  detail: z.string(),
});
export type RejectedMessage = z.infer<typeof rejectedMessageSchema>;

/** A frame was dropped by a named policy, in its place in the order. */
export const droppedMessageSchema = z.object({
  op: z.literal("dropped"),
  seq,
  source: z.string(),
  label: z.string(),
  receivedAtMs: unixMs,
  cause: z.enum(DROP_CAUSES),
});

/** How a frame ended. Each `seq` has exactly one event, so that a client can prove it has missed none. */
export type EventMessage = FrameMessage | RejectedMessage | z.infer<typeof droppedMessageSchema>;

/** Every particle of the frame `seq`, column by column. */
export const particlesMessageSchema = z.object({
  op: z.literal("particles"),
  seq,
  pixelSizeNm: maybe,
  columns: z.custom<ParticleTable>(
    (value) =>
      typeof value === "object" &&
      value !== null &&
      PARTICLE_COLUMN_NAMES.every((name) => {
        const column: unknown = Reflect.get(value, name);
        const array = { u8: Uint8Array, u32: Uint32Array, f32: Float32Array }[PARTICLE_COLUMNS[name].array];
        return column instanceof array && column.length === Reflect.get(value, "id")?.length;
      }),
    "columns of equal length, one for each name in PARTICLE_COLUMNS",
  ),
});
export type ParticlesMessage = z.infer<typeof particlesMessageSchema>;

/**
 * The picture of frame `seq` with the outlines of its particles, so that both are always of one frame. Latest wins: a client that
 * is slow misses some. The picture may be smaller than the frame: one picture pixel covers `framePxPerPreviewPx` frame pixels.
 */
export const previewMessageSchema = z.object({
  op: z.literal("preview"),
  seq,
  kind: z.enum(PREVIEW_KINDS),
  frameWidthPx: count,
  frameHeightPx: count,
  pixelSizeNm: maybe,
  widthPx: count,
  heightPx: count,
  framePxPerPreviewPx: z.number().positive(),
  /** 8-bit grey, row-major. */
  pixels: u8,
  /** Outlines in frame px; see base/particles.ts. */
  outlines: z.object({ offsets: u32, xyPx: f32 }),
  /** For colour by size and hover: one value an outline. */
  ecdPx: f32,
  touchesBorder: u8,
});
export type PreviewMessage = z.infer<typeof previewMessageSchema>;

const queueSchema = z.object({ length: count, limit: count });

const accountSchema = z.object({
  seen: count,
  committed: count,
  rejected: z.partialRecord(z.enum(REJECTION_REASONS), count),
  dropped: z.partialRecord(z.enum(DROP_CAUSES), count),
  inFlight: count,
});

/** The state of the daemon, at least once a second. */
export const healthMessageSchema = z.object({
  op: z.literal("health"),
  atMs: unixMs,
  state: z.enum(["ok", "degraded", "failed"]),
  /** What is wrong or has been replaced, one sentence each; empty when all is well. */
  notes: z.array(z.string()),
  sources: z.array(
    z.object({
      name: z.string(),
      state: z.enum(["ok", "degraded", "failed"]),
      detail: z.string(),
      account: accountSchema,
      displayRange: displayRange.optional(),
      /** Which of its frames are analysed when they come faster than that. */
      cadence: z.enum(CADENCE_POLICIES),
      queue: queueSchema,
      /** Frames that wait on disk; `null`: its cadence is another. */
      spool: z.object({ frames: count, bytes: count, limitBytes: count, trouble: z.string().nullable() }).nullable(),
      /** What its senders' own numbers say; `null`: its frames have none. */
      order: z.object({ numbered: count, missing: count, late: count, repeated: count }).nullable(),
    }),
  ),
  analyzer: z.object({
    state: z.enum(["starting", "ready", "restarting", "failed", "stopped"]),
    restarts: count,
    filterBackend: z.string(),
    segmenterBackend: z.string(),
    residentBytes: count,
  }),
  /** All streams together. */
  queue: queueSchema,
  /** Frames committed a second over the last 5 s. */
  framesPerSecond: z.number(),
  /** From received to committed over the last 5 s, ms; `null` when nothing was committed. */
  latencyMs: z.object({ p50: maybe, p99: maybe }),
  /** Frames that were computed together, over the last 5 s: on average of the frames, and most. */
  batch: z.object({ mean: maybe, largest: maybe }),
  clients: count,
  daemonResidentBytes: count,
});
export type HealthMessage = z.infer<typeof healthMessageSchema>;

/** The settings in force from frame `fromSeq` on. */
export const settingsMessageSchema = z.object({
  op: z.literal("settings"),
  settingsId: count,
  fromSeq: seq,
  settings: settingsSchema,
});
export type SettingsMessage = z.infer<typeof settingsMessageSchema>;

/** What the history keeps of one analysed frame; diameters (ECD) are in the frame's length unit. */
export const historyPointSchema = z.object({ seq, receivedAtMs: unixMs, count, d10: maybe, d50: maybe, d90: maybe });
export type HistoryPoint = z.infer<typeof historyPointSchema>;

/** The first message: who is speaking, and the whole state, so that a new client needs nothing from before. */
export const helloMessageSchema = z.object({
  op: z.literal("hello"),
  protocolVersion: z.literal(PROTOCOL_VERSION),
  daemonVersion: z.string(),
  /** `seq` counts within a session: the same one while a ledger carries it over restarts of the daemon, else a new one at each start. */
  sessionId: z.string(),
  channels: z.array(z.enum(CHANNELS)),
  /** Last `seq` that was published, 0 before the first; events after it follow. */
  lastSeq: count,
  settings: settingsMessageSchema,
  health: healthMessageSchema,
  /** The run that frames of now belong to. */
  run: runSchema.nullable(),
  /** The run so far, oldest first, for the charts of a new client: the newer half whole, the older ever more thinly. */
  history: z.array(historyPointSchema).readonly(),
  /** The last analysed frame, and its particles. */
  lastFrame: frameMessageSchema.nullable(),
  particles: particlesMessageSchema.nullable(),
  /** The last frames that were refused, oldest first. */
  rejections: z.array(rejectedMessageSchema).readonly(),
});
export type HelloMessage = z.infer<typeof helloMessageSchema>;

/** Events `fromSeq..toSeq` are no longer held and were not sent: the client was too slow, or resumes from too long ago. */
export const gapMessageSchema = z.object({ op: z.literal("gap"), fromSeq: seq, toSeq: seq });
export type GapMessage = z.infer<typeof gapMessageSchema>;

/** What `hello` says of the run that goes on, of any run: the answer to `openRun`. */
export const runHistoryMessageSchema = z.object({
  op: z.literal("runHistory"),
  requestId: z.string(),
  run: runEntrySchema,
  history: z.array(historyPointSchema).readonly(),
  lastFrame: frameMessageSchema.nullable(),
  particles: particlesMessageSchema.nullable(),
  rejections: z.array(rejectedMessageSchema).readonly(),
  /** Every set of settings its frames were analysed with, oldest first. */
  settingsHistory: z.array(settingsMessageSchema).readonly(),
});
export type RunHistoryMessage = z.infer<typeof runHistoryMessageSchema>;

/** A request was carried out. */
export const doneMessageSchema = z.object({ op: z.literal("done"), requestId: z.string() });

/** A request was refused, whole. `requestId` is `null` when the message could not be read that far. */
export const errorMessageSchema = z.object({
  op: z.literal("error"),
  requestId: z.string().nullable(),
  tag: z.string(),
  received: z.string(),
  expected: z.string(),
  remedy: z.string(),
});

export const serverMessageSchema = z.discriminatedUnion("op", [
  helloMessageSchema,
  frameMessageSchema,
  rejectedMessageSchema,
  droppedMessageSchema,
  particlesMessageSchema,
  previewMessageSchema,
  healthMessageSchema,
  settingsMessageSchema,
  runMessageSchema,
  runsMessageSchema,
  runHistoryMessageSchema,
  filteredFrameMessageSchema,
  gapMessageSchema,
  doneMessageSchema,
  errorMessageSchema,
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;

/** Choose what to receive; replaces the choice before it. Without it a client receives `hello` and nothing else. */
export const subscribeMessageSchema = z.strictObject({
  op: z.literal("subscribe"),
  requestId,
  channels: z.array(z.enum(CHANNELS)).max(CHANNELS.length),
  /** Which picture `preview` shows. */
  previewKind: z.enum(PREVIEW_KINDS).default("raw"),
  /** Least time between two previews, ms; the daemon's own limit is 33. */
  previewIntervalMs: z.number().min(33).max(60_000).default(100),
  /** Events after this `seq` are sent again where they are still held; without it, events from now on. */
  resumeAfterSeq: count.optional(),
});

/** Change settings from the next frame on. All or nothing. */
export const configureMessageSchema = z.strictObject({
  op: z.literal("configure"),
  requestId,
  settings: settingsPatchSchema,
});

/** What a client may ask of the daemon itself. */
export const CONTROL_ACTIONS = ["stop", "abort", "reload", "dump"] as const;
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

/** End the daemon in order or at once, reload its configuration, or write down its last decisions. */
export const controlMessageSchema = z.strictObject({
  op: z.literal("control"),
  requestId,
  action: z.enum(CONTROL_ACTIONS),
});

export const clientMessageSchema = z.discriminatedUnion("op", [
  subscribeMessageSchema,
  configureMessageSchema,
  startRunMessageSchema,
  endRunMessageSchema,
  describeRunMessageSchema,
  listRunsMessageSchema,
  openRunMessageSchema,
  filterFrameMessageSchema,
  controlMessageSchema,
]);
/** A message as a client writes it: fields with defaults may be left out. */
export type ClientMessage = z.input<typeof clientMessageSchema>;
/** A message as the daemon has read it, defaults filled in. */
export type ClientRequest = z.output<typeof clientMessageSchema>;
/** A request about runs. */
export type RunRequest = Exclude<ClientRequest, { op: "subscribe" | "configure" | "filterFrame" | "control" }>;
