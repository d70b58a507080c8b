/** A parcel says the same to every client, whenever it is asked. */
import { describe, expect, it } from "vitest";
import { Parcel } from "../../../src/stream/serve/parcel.js";
import { droppedEvent, frameEvent, particlesOf, previewOf, rejectedEvent } from "../../support/wire-messages.js";

const MESSAGES = [frameEvent(1), rejectedEvent(2), droppedEvent(3), particlesOf(4), previewOf(5)];

describe.each(MESSAGES.map((message) => [message.op, message] as const))("a parcel of %s", (_, message) => {
  it.each(["json", "msgpack"] as const)("is the same %s before and after it has shrunk", (encoding) => {
    const before = new Parcel(message).encoded(encoding);
    const parcel = new Parcel(message);
    parcel.shrink();
    expect(parcel.encoded(encoding)).toEqual(before);
    expect(parcel.encoded(encoding)).toEqual(before);
  });

  it("is encoded once for all until it shrinks", () => {
    const parcel = new Parcel(message);
    for (const encoding of ["json", "msgpack"] as const) {
      expect(parcel.encoded(encoding)).toBe(parcel.encoded(encoding));
    }
  });
});
