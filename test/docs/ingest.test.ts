import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { INGEST_PIECE_BYTES } from "../../src/daemon/server/ingest-websocket.js";
import { addressExamples } from "../../src/daemon/sources/open-source.js";
import { PASSING_REASONS } from "../../src/stream/ingest/sender.js";
import { encodeIngest, PRELUDE_BYTES } from "../../src/stream/protocol/ingest-codec.js";
import {
  INGEST_ERROR_REASONS,
  INGEST_LIMITS,
  INGEST_SUBPROTOCOL,
  INGEST_VERSION,
  ingestHelloSchema,
  receiverMessageSchema,
  senderMessageSchema,
} from "../../src/stream/protocol/ingest-messages.js";
import { PIXEL_TYPES } from "../../src/stream/source/source.js";
import { protocolDocument } from "../support/protocol-doc.js";
import { shapeOf } from "../support/wire-schema.js";

const { text, section, table, headings, described, expectTable } = protocolDocument("INGEST.md");

describe("INGEST.md and the schemas say the same", () => {
  it.each(senderMessageSchema.options)("of what a sender sends", (option) => {
    expectTable(option.shape.op.value, shapeOf(option));
  });

  it.each(receiverMessageSchema.options)("of what the daemon sends", (option) => {
    expectTable(option.shape.op.value, shapeOf(option));
  });

  it("and there is no message and no object in it that is not in them", () => {
    expect(headings("###", "Messages of a sender")).toEqual(senderMessageSchema.options.map((o) => o.shape.op.value));
    expect(headings("###", "Messages of the daemon")).toEqual(
      receiverMessageSchema.options.map((o) => o.shape.op.value),
    );
    for (const option of receiverMessageSchema.options) expectTable(option.shape.op.value, shapeOf(option));
    expect(headings("###", "Objects").filter((name) => !described.has(name ?? ""))).toEqual([]);
  });

  it("of the types of samples, which are those of a source", () => {
    const [types] = table("frame").flatMap(({ field, type }) => (field === "type" ? [type] : []));
    expect(types).toBe(PIXEL_TYPES.map((type) => JSON.stringify(type)).join(", "));
  });

  it("of a hello's defaults", () => {
    expect(ingestHelloSchema.parse({ op: "hello", stream: "a", session: "b" }).firstNumber).toBe(1);
  });
});

describe("INGEST.md and the code say the same", () => {
  it("of version and subprotocol", () => {
    expect(text).toContain(`# Handing frames to Ostwald, ingest protocol version ${INGEST_VERSION}`);
    expect(section("Connection")).toContain(`\`${INGEST_SUBPROTOCOL}\``);
    expect(section("Connection")).toContain(`${INGEST_PIECE_BYTES / 1_048_576} MiB each`);
  });

  it("of every limit", () => {
    expect(Object.fromEntries(table("Limits").map(({ limit, value }) => [limit, Number(value)]))).toEqual(
      INGEST_LIMITS,
    );
  });

  it("of every error, and after which a sender comes back", () => {
    expect(table("Errors").map(({ reason }) => reason)).toEqual([...INGEST_ERROR_REASONS]);
    const again = table("Errors").flatMap(({ reason, again }) => (again === "yes" ? [reason] : []));
    expect(again).toEqual([...PASSING_REASONS]);
  });

  it("of the bytes of a message", () => {
    const [example = ""] = /^4f 53[\s\S]*?(?=\n```)/m.exec(section("Message")) ?? [];
    const bytes = encodeIngest({ op: "endRun", number: 6 }, crc32);
    expect(Buffer.from(bytes).toString("hex")).toBe(example.replaceAll(/\s/g, ""));
    const [start] = table("Message").flatMap(({ content, bytes: at }) =>
      content?.startsWith("the header") ? [at] : [],
    );
    expect(start).toBe(`${PRELUDE_BYTES}..`);
  });

  it("of the addresses that receive takes", () => {
    const schemes = (addresses: readonly string[]) => addresses.map((address) => address.split("://")[0]);
    const known = schemes(addressExamples()).filter((scheme) => !["merlin", "dectris"].includes(scheme ?? ""));
    const documented = schemes(table("Connection").map(({ address = "" }) => address));
    expect([...documented].sort()).toEqual(known.filter((scheme) => !scheme?.startsWith("/")).sort());
  });
});

it("the Python sender and the document speak of the same fields", () => {
  const script = readFileSync(new URL("../../clients/python/ostwald_ingest.py", import.meta.url), "utf8");
  for (const { field = "" } of [...table("frame"), ...table("hello")])
    expect(script).toMatch(new RegExp(`\\b${field}\\b`));
});
