import { describe, expect, it } from "vitest";
import { PARTICLE_COLUMN_NAMES, PARTICLE_COLUMNS } from "../../src/stream/base/particles.js";
import { DEFAULT_SETTINGS } from "../../src/stream/base/settings.js";
import { packValue } from "../../src/stream/protocol/codec.js";
import { CLOSE_CODES, PROTOCOL_LIMITS } from "../../src/stream/protocol/limits.js";
import {
  clientMessageSchema,
  PROTOCOL_VERSION,
  SUBPROTOCOLS,
  serverMessageSchema,
  subscribeMessageSchema,
} from "../../src/stream/protocol/messages.js";
import { ARRAY_ELEMENTS, ARRAY_FIELDS, TYPED_ARRAY_EXTENSION } from "../../src/stream/protocol/typed-arrays.js";
import { fieldsOf, protocolDocument } from "../support/protocol-doc.js";
import type { Shape } from "../support/wire-schema.js";
import { shapeOf } from "../support/wire-schema.js";

const { text, section, tables, table, meanings, headings, described, expectTable } = protocolDocument("PROTOCOL.md");

describe("PROTOCOL.md and the schemas say the same", () => {
  it.each(serverMessageSchema.options)("of what the daemon sends", (option) => {
    expectTable(option.shape.op.value, shapeOf(option));
  });

  it.each(clientMessageSchema.options)("of what a client sends", (option) => {
    expectTable(option.shape.op.value, shapeOf(option));
  });

  it("and there is no message and no object in it that is not in them", () => {
    expect(headings("###", "Messages of the daemon")).toEqual(serverMessageSchema.options.map((o) => o.shape.op.value));
    expect(headings("###", "Messages of a client")).toEqual(clientMessageSchema.options.map((o) => o.shape.op.value));
    for (const option of [...serverMessageSchema.options, ...clientMessageSchema.options]) {
      expectTable(option.shape.op.value, shapeOf(option));
    }
    expect(headings("###", "Objects").filter((name) => !described.has(name ?? ""))).toEqual([]);
  });

  it("of the units of the particle table", () => {
    const units = Object.fromEntries(table("ParticleTable").map(({ field, unit }) => [field, unit]));
    expect(units).toEqual(Object.fromEntries(PARTICLE_COLUMN_NAMES.map((name) => [name, PARTICLE_COLUMNS[name].unit])));
  });

  it("of the defaults of a subscription", () => {
    const read = subscribeMessageSchema.parse({ op: "subscribe", requestId: "1", channels: [] });
    const { previewKind, previewIntervalMs } = meanings("subscribe");
    expect(previewKind).toBe(`${JSON.stringify(read.previewKind)} by default`);
    expect(previewIntervalMs).toContain(`${read.previewIntervalMs} by default`);
    expect(previewIntervalMs).toContain(`${PROTOCOL_LIMITS.previewIntervalMs}..60000`);
    const interval = subscribeMessageSchema.shape.previewIntervalMs;
    expect([32, 33, 60_000, 60_001].map((value) => interval.safeParse(value).success)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it("of the ranges of the settings: each limit is taken and one past it refused", () => {
    const settings = clientMessageSchema.options[1].shape.settings;
    const takes = (patch: object) => settings.safeParse({ ...DEFAULT_SETTINGS, ...patch }).success;
    const ranges = Object.entries(meanings("AnalysisSettings")).flatMap(([field, words]) => {
      const [, low, high] = /([\d.]+?)\.\.([\d,]+)/.exec(words) ?? [];
      return low === undefined || high === undefined
        ? []
        : [[field, Number(low), Number(high.replaceAll(",", ""))] as const];
    });
    expect(ranges.map(([field]) => field)).toEqual([
      "gaussianKernelPx",
      "nlmH",
      "scoreThreshold",
      "zoom",
      "minAreaPx2",
      "pixelSizeNm",
    ]);
    for (const [field, low, high] of ranges) {
      const step = field === "gaussianKernelPx" ? 2 : 1e-5;
      expect(
        [low - step, low, high, high + step].map((value) => takes({ [field]: value })),
        field,
      ).toEqual([false, true, true, false]);
    }
  });
});

describe("PROTOCOL.md and the code say the same", () => {
  it("of version and subprotocols", () => {
    expect(text).toContain(`# The stream of Ostwald, protocol version ${PROTOCOL_VERSION}`);
    expect(Object.fromEntries(table("Connection").map(({ subprotocol, encoding }) => [encoding, subprotocol]))).toEqual(
      {
        JSON: SUBPROTOCOLS.json,
        MessagePack: SUBPROTOCOLS.msgpack,
      },
    );
    for (const name of text.match(/ostwald\.v\d+\.\w+/g) ?? []) expect(Object.values(SUBPROTOCOLS)).toContain(name);
  });

  it("of every limit", () => {
    const limits = table("Limits").map(({ limit, value }) => [limit, Number(value)]);
    expect(Object.fromEntries(limits)).toEqual(PROTOCOL_LIMITS);
  });

  it("of every close code", () => {
    const codes = table("Close codes").map(({ name, code }) => [name, Number(code)]);
    expect(Object.fromEntries(codes)).toEqual(CLOSE_CODES);
  });

  it("of the element codes of typed arrays", () => {
    const elements = tables("Encodings")
      .flat()
      .filter(({ element }) => element !== undefined);
    expect(
      elements.map(({ element, code, ...rest }) => [element, Number(code), Number(rest["bytes an element"])]),
    ).toEqual(Object.entries(ARRAY_ELEMENTS).map(([name, { code, bytes }]) => [name, code, bytes]));
    expect(section("Encodings")).toContain(`0x${TYPED_ARRAY_EXTENSION.toString(16)}`);
  });

  it("of the bytes of a typed array", () => {
    const example = /^c7 .*$/m.exec(section("Encodings"))?.[0] ?? "";
    expect(Buffer.from(packValue(Float32Array.of(1.5, -2))).toString("hex")).toBe(example.replaceAll(" ", ""));
  });
});

it("every typed array of the schemas is known to the JSON encoding by its name, and nothing else is", () => {
  const found = new Map<string, string>();
  const visit = (shape: Shape, name: string): void => {
    if (shape.kind === "u8" || shape.kind === "u32" || shape.kind === "f32") found.set(name, shape.kind);
    else if (ARRAY_FIELDS.has(name) && shape.kind === "array") found.set(name, "an array that is not typed");
    if ("inner" in shape) visit(shape.inner, name);
    if (shape.kind === "object" || shape.kind === "ParticleTable") {
      for (const [field, inner] of Object.entries(fieldsOf(shape))) visit(inner, field);
    }
  };
  for (const option of serverMessageSchema.options) visit(shapeOf(option), "");
  expect(found).toEqual(ARRAY_FIELDS);
});
