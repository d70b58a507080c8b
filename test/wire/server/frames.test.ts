import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { CLOSE_CODES, PROTOCOL_LIMITS } from "../../../src/stream/protocol/limits.js";
import { SUBPROTOCOLS } from "../../../src/stream/protocol/messages.js";
import type { TestServer } from "../../support/wire-server.js";
import { startTestServer } from "../../support/wire-server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.close());

/** Opens the stream by hand, sends bytes as they are, and gives what came back until the server closed. */
function bytesAfter(frames: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const handshake = [
      "GET /stream HTTP/1.1",
      `Host: 127.0.0.1:${server.port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
      `Sec-WebSocket-Protocol: ${SUBPROTOCOLS.json}`,
    ];
    const chunks: Buffer[] = [];
    const socket = connect(server.port, "127.0.0.1", () => {
      socket.write(`${handshake.join("\r\n")}\r\n\r\n`);
      socket.write(frames);
    });
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("error", reject).once("close", () => resolve(Buffer.concat(chunks)));
  });
}

/** A masked frame of a client, its mask zero: first byte as given, then the payload. */
function frame(firstByte: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.of(firstByte, 0x80 | payload.length, 0, 0, 0, 0), payload]);
}

const TEXT = 0x01;
const CONTINUATION = 0x00;
const FIN = 0x80;

/** The close frame that the server ends with: final frame, opcode 8, two bytes of code. */
function closeFrame(code: number): string {
  return Buffer.of(0x88, 2, code >> 8, code & 255).toString("hex");
}

describe("a connection is closed", () => {
  it.each([
    ["for text that is not UTF-8", frame(FIN | TEXT, Buffer.of(0xff)), CLOSE_CODES.notUtf8],
    ["for a reserved bit", frame(0x40 | FIN | TEXT, Buffer.of(0x20)), CLOSE_CODES.notWebSocket],
    ["for a frame that is not masked", Buffer.from("810120", "hex"), CLOSE_CODES.notWebSocket],
    ["for an unknown opcode", frame(FIN | 0x03, Buffer.alloc(0)), CLOSE_CODES.notWebSocket],
    [
      "for a length past the limit, before its bytes come",
      Buffer.from("81ff00000000ffffffff00000000", "hex"),
      CLOSE_CODES.messageTooBig,
    ],
    [
      "for a message in endless fragments",
      Buffer.concat([
        frame(TEXT, Buffer.of(0x20)),
        ...Array.from({ length: PROTOCOL_LIMITS.clientMessageFragments }, () => frame(CONTINUATION, Buffer.of(0x20))),
      ]),
      CLOSE_CODES.policyViolation,
    ],
  ])("%s", async (_name, frames, code) => {
    const received = await bytesAfter(frames);
    expect(received.subarray(-4).toString("hex")).toBe(closeFrame(code));
  });

  it("and the others go on: the server still answers", async () => {
    expect((await fetch(server.url)).status).toBe(200);
    expect(server.hub.clientCount).toBe(0);
  });
});

it("a message in as many fragments as there may be is read", async () => {
  const text = JSON.stringify({ op: "subscribe", requestId: "r".repeat(64), channels: [] });
  const fragments = PROTOCOL_LIMITS.clientMessageFragments;
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/stream`, SUBPROTOCOLS.json);
  await once(socket, "message");
  for (let index = 0; index < fragments; index += 1) {
    const isLast = index === fragments - 1;
    socket.send(text.slice(index, isLast ? undefined : index + 1), { fin: isLast });
  }
  const [answer] = await once(socket, "message");
  expect(JSON.parse(String(answer))).toMatchObject({ op: "done" });
  socket.terminate();
});
