/** The messages of ZeroMQ's protocol (ZMTP 3.1), byte for byte: greeting, commands, frames, and what is refused. */
import { expect, test } from "vitest";
import { fromBase64, GOLDEN } from "../../support/detector-messages.js";
import { accountOf, dectrisAt, listen, takeIn } from "../../support/detectors.js";
import { until } from "../../support/folder.js";
import { pause } from "../../support/waiting.js";

const GREETING = "ff00000000000000017f03014e554c4c".padEnd(128, "0");

/** What a source sends to a peer that says `hex`, and what its health says. */
async function dialogue(...hex: readonly string[]) {
  const heard: Buffer[] = [];
  const port = await listen((socket, connection) => {
    if (connection > 0) return;
    socket.on("data", (data) => heard.push(data));
    for (const part of hex) socket.write(Buffer.from(part, "hex"));
  });
  const source = dectrisAt(port);
  const taken = await takeIn(source);
  return { heard: () => Buffer.concat(heard).toString("hex"), source, taken };
}

test("it greets as a PULL socket of version 3.1 without security", async () => {
  const { heard } = await dialogue(GREETING);
  const ready = "04270552454144590b536f636b65742d547970650000000450554c4c084964656e7469747900000000";
  await until("greeting and READY", () => heard() === GREETING + ready);
});

test("a PING is answered with its context", async () => {
  const { heard } = await dialogue(GREETING, "04090450494e4700640102");
  await until("PONG", () => heard().endsWith("040704504f4e470102"));
});

test.each([
  [
    "HTTP",
    Buffer.from("HTTP/1.1 400 Bad Request\r\n".padEnd(80)).toString("hex"),
    "a greeting of 485454502f312e312034",
  ],
  ["ZMTP 2", `ff00000000000000017f01${"0".repeat(106)}`, "ZMTP version 1"],
  ["CURVE", `ff00000000000000017f03014355525645${"0".repeat(94)}`, "security mechanism CURVE"],
  ["a publisher", `${GREETING}04190552454144590b536f636b65742d5479706500000003505542`, "a ZeroMQ socket of type PUB"],
  ["an error", `${GREETING}040a054552524f5203626164`, "refusal: bad"],
  ["flags that are none", `${GREETING}08`, "the flags 8"],
  ["an image of an exabyte", `${GREETING}020fffffffffffffff`, "a ZeroMQ frame of 1152921504606847000 bytes"],
  ["a command of a gigabyte", `${GREETING}060000000040000000`, "a ZeroMQ frame of 1073741824 bytes"],
  ["parts without end", `${GREETING}${"0100".repeat(70)}`, "more than 64 parts"],
])("%s is said, and it connects again", async (_, hex, text) => {
  const { source } = await dialogue(hex);
  await until(text, () => source.health().detail.includes(text));
  expect(source.health().state).toBe("degraded");
});

test("a message in pieces of one byte is one message", async () => {
  const image = fromBase64(GOLDEN.stream2.images[1]?.bytes ?? "");
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(image.length));
  const bytes = Buffer.concat([Buffer.from(GREETING, "hex"), Buffer.of(2), length, image]);
  const port = await listen(async (socket) => {
    socket.setNoDelay(true);
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      if (byte % 16 === 0) await pause(0);
    }
  });
  const taken = await takeIn(dectrisAt(port));
  await until("the image", () => accountOf(taken).committed === 1);
  expect(taken.frames[0]?.label).toBe("series 7 #1");
});
