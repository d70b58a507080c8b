/**
 * Messages for tests: one readable example of each kind, and arbitrary ones derived from the schemas.
 *
 * @module
 */
import fc from "fast-check";
import type { z } from "zod";
import { createParticleTable, PARTICLE_COLUMN_NAMES } from "../../src/stream/base/particles.js";
import { DEFAULT_SETTINGS } from "../../src/stream/base/settings.js";
import type {
  ClientMessage,
  FrameMessage,
  HealthMessage,
  ParticlesMessage,
  PreviewKind,
  PreviewMessage,
  ServerMessage,
  SettingsMessage,
} from "../../src/stream/protocol/messages.js";
import { clientMessageSchema, serverMessageSchema } from "../../src/stream/protocol/messages.js";
import { settingsSchema } from "../../src/stream/protocol/settings.js";
import type { HelloState } from "../../src/stream/serve/hub.js";
import { NO_SIZES } from "./frames.js";
import type { Shape } from "./wire-schema.js";
import { shapeOf } from "./wire-schema.js";

export type MessageOf<Op extends ServerMessage["op"]> = Extract<ServerMessage, { op: Op }>;

export function frameEvent(seq: number): FrameMessage {
  return {
    op: "frame",
    seq,
    source: "folder",
    label: `frame_${seq}.tif`,
    widthPx: 4,
    heightPx: 2,
    pixelSizeNm: 0.5,
    receivedAtMs: 1_700_000_000_000 + seq,
    acquiredAtMs: null,
    committedAtMs: 1_700_000_000_010 + seq,
    statistics: {
      count: 0,
      borderCount: 0,
      sizedCount: 0,
      border: "exclude",
      lengthUnit: "nm",
      numberDensity: 0,
      areaFraction: 0,
      ecd: NO_SIZES,
      area: NO_SIZES,
      backgroundSnr: 1.25,
    },
    intensity: {
      range: { low: 0, high: 255 },
      raw: new Uint32Array(256).fill(seq),
      filtered: new Uint32Array(256),
    },
    stageTimesMs: { decode: 0.5, filter: 1, segment: 60, measure: 2 },
    settingsId: 1,
    computedBy: { filter: "gaussian, WebAssembly", segmenter: "threshold" },
  };
}

export function rejectedEvent(seq: number): MessageOf<"rejected"> {
  return {
    op: "rejected",
    seq,
    source: "folder",
    label: "a.tif",
    receivedAtMs: 0,
    reason: "empty",
    detail: "a 0-byte file",
  };
}

export function droppedEvent(seq: number): MessageOf<"dropped"> {
  return { op: "dropped", seq, source: "folder", label: "a.tif", receivedAtMs: 0, cause: "intake/latest" };
}

/** `count` particles whose centroids lie at 0.1, 1.1, 2.1, ... px. */
export function particlesOf(seq: number, count = 2): ParticlesMessage {
  const columns = createParticleTable(count);
  for (let row = 0; row < count; row += 1) {
    columns.id[row] = row + 1;
    columns.centroidXPx[row] = row + 0.1;
  }
  return { op: "particles", seq, pixelSizeNm: null, columns };
}

/** A picture of `pixelCount` grey pixels and one triangle. */
export function previewOf(seq: number, kind: PreviewKind = "raw", pixelCount = 4): PreviewMessage {
  return {
    op: "preview",
    seq,
    kind,
    frameWidthPx: pixelCount,
    frameHeightPx: 1,
    pixelSizeNm: null,
    widthPx: pixelCount,
    heightPx: 1,
    framePxPerPreviewPx: 1,
    pixels: Uint8Array.from({ length: pixelCount }, (_, index) => index & 255),
    outlines: { offsets: Uint32Array.of(0, 3), xyPx: Float32Array.of(0, 0, 1, 0, 0.5, 1) },
    ecdPx: Float32Array.of(0.8),
    touchesBorder: Uint8Array.of(1),
  };
}

export function healthOf(state: HealthMessage["state"] = "ok"): HealthMessage {
  return {
    op: "health",
    atMs: 1_700_000_000_000,
    state,
    notes: [],
    sources: [
      {
        name: "folder",
        state: "ok",
        detail: "",
        account: { seen: 3, committed: 1, rejected: { empty: 1 }, dropped: { "intake/latest": 1 }, inFlight: 0 },
        cadence: "latest",
        queue: { length: 0, limit: 1 },
        order: { numbered: 3, missing: 1, late: 0, repeated: 0 },
        spool: null,
      },
    ],
    analyzer: { state: "ready", restarts: 0, filterBackend: "cpu", segmenterBackend: "cpu", residentBytes: 1 },
    queue: { length: 0, limit: 1 },
    framesPerSecond: 0,
    latencyMs: { p50: null, p99: null },
    batch: { mean: null, largest: null },
    clients: 0,
    daemonResidentBytes: 1,
  };
}

export function settingsOf(settingsId: number, fromSeq = 1): SettingsMessage {
  return { op: "settings", settingsId, fromSeq, settings: { ...DEFAULT_SETTINGS } };
}

export function helloState(): HelloState {
  return {
    daemonVersion: "0.1.0",
    sessionId: "session-1",
    settings: settingsOf(1),
    health: healthOf(),
    run: null,
    history: [],
    lastFrame: null,
    particles: null,
    rejections: [],
  };
}

/** Arbitrary messages of the daemon: every kind, as the schemas allow. */
export function anyServerMessage(): fc.Arbitrary<ServerMessage> {
  return fc.oneof(...serverMessageSchema.options.map((option) => arbitraryFor(option))) as fc.Arbitrary<ServerMessage>;
}

/** Arbitrary messages of a client. Ranges are those of the schema's own example, so settings are drawn from fixed values. */
export function anyClientMessage(): fc.Arbitrary<ClientMessage> {
  const settings = fc.subarray(Object.entries(DEFAULT_SETTINGS)).map((entries) => Object.fromEntries(entries));
  const requestId = fc.string({ minLength: 1, maxLength: 64 });
  const configure = fc.record({ op: fc.constant("configure" as const), requestId, settings });
  const subscribe = fc.record(
    {
      op: fc.constant("subscribe" as const),
      requestId,
      channels: fc.subarray([...clientMessageSchema.options[0].shape.channels.element.options]),
      previewKind: fc.constantFrom("raw" as const, "filtered" as const),
      previewIntervalMs: fc.integer({ min: 33, max: 60_000 }),
      resumeAfterSeq: fc.nat(),
    },
    { requiredKeys: ["op", "requestId", "channels"] },
  );
  return fc.oneof(configure, subscribe);
}

function arbitraryFor(schema: z.ZodType): fc.Arbitrary<unknown> {
  return schema === settingsSchema ? fc.constant({ ...DEFAULT_SETTINGS }) : arbitrary(shapeOf(schema));
}

// JSON and msgpack have one zero.
const finite = () => fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const floats = (length: number | undefined) =>
  fc
    .float32Array({
      noDefaultInfinity: true,
      ...(length === undefined ? {} : { minLength: length, maxLength: length }),
    })
    .map((values) => values.map((value) => value + 0));

function arbitrary(shape: Shape, name = ""): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "object":
      if (name === "settings" && "nlmH" in shape.fields) return fc.constant({ ...DEFAULT_SETTINGS });
      return fc.record(
        Object.fromEntries(Object.entries(shape.fields).map(([field, inner]) => [field, arbitrary(inner, field)])),
        { requiredKeys: Object.keys(shape.fields).filter((field) => shape.fields[field]?.kind !== "optional") },
      );
    case "optional":
      return arbitrary(shape.inner, name);
    case "array":
      return fc.array(arbitrary(shape.inner), { maxLength: 4 });
    case "nullable":
      return fc.option(arbitrary(shape.inner));
    case "union":
      return fc.oneof(...shape.options.map((option) => arbitrary(option, name)));
    case "record":
      return fc.dictionary(fc.constantFrom(...shape.keys), arbitrary(shape.inner)).map((entries) => ({ ...entries }));
    case "choice":
      return fc.constantFrom(...shape.values);
    case "integer":
      return fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    case "number":
      return name === "binWidth" || name === "framePxPerPreviewPx"
        ? fc.double({ min: 1e-9, noNaN: true, noDefaultInfinity: true })
        : finite();
    case "string":
      return fc.string({ unit: "grapheme" });
    case "boolean":
      return fc.boolean();
    case "u8":
      return fc.uint8Array();
    case "u32":
      return fc.uint32Array();
    case "f32":
      return floats(undefined);
    case "ParticleTable":
      return fc.nat({ max: 5 }).chain((count) =>
        fc.array(floats(count), { minLength: 16, maxLength: 16 }).map((values) => {
          const table = createParticleTable(count);
          for (const [index, column] of PARTICLE_COLUMN_NAMES.entries()) {
            if (table[column] instanceof Float32Array) table[column].set(values[index] ?? []);
            else table[column].set(Array.from({ length: count }, (_, row) => row + 1));
          }
          return table;
        }),
      );
    default:
      throw new Error(`no arbitrary value for ${shape.kind}`);
  }
}
