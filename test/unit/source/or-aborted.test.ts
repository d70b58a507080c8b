import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { orAborted } from "../../../src/stream/source/or-aborted.js";

describe("work that may be aborted", () => {
  it("leaves nothing at the signal when it is done, however often", async () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 1_000; i++) await orAborted(Promise.resolve(), signal);
    await expect(orAborted(Promise.reject(new Error("a defect")), signal)).rejects.toThrow("a defect");
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("is not waited for any more when the signal is aborted", async () => {
    const closing = new AbortController();
    const waiting = orAborted(new Promise(() => undefined), closing.signal);
    closing.abort();
    await waiting;
    await orAborted(new Promise(() => undefined), closing.signal);
  });
});
