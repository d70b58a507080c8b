/** `ostwald receive` on several sources at once. */
import { cp } from "node:fs/promises";
import { expect, it, onTestFinished } from "vitest";
import { startReceiver } from "../../support/daemon.js";
import { emptyFolder } from "../../support/folder.js";
import { QUICK_FLAGS, smallFrames } from "../../support/small-frames.js";
import { connectClient } from "../../support/stream-client.js";

it("takes the frames of two folders into one stream and accounts for each", { timeout: 120_000 }, async () => {
  const [left, right] = [await smallFrames(await emptyFolder(), 3), await emptyFolder()];
  const daemon = await startReceiver([left, right], QUICK_FLAGS);
  onTestFinished(() => void daemon.stop());
  const client = await connectClient(daemon.url, "msgpack");
  await client.untilEvents(3);
  await cp(left, right, { recursive: true });
  const events = await client.untilEvents(6);
  client.close();
  const bySource = (name: string) => events.filter(({ op, source }) => op === "frame" && source === name).length;
  expect([bySource(`folder:${left}`), bySource(`folder:${right}`)]).toEqual([3, 3]);
  expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  const health: unknown = await (await fetch(`${daemon.url}healthz`)).json();
  const sources: unknown = typeof health === "object" && health !== null ? Reflect.get(health, "sources") : null;
  expect(sources).toMatchObject([
    { name: `folder:${left}`, account: { seen: 3, committed: 3 } },
    { name: `folder:${right}`, account: { seen: 3, committed: 3 } },
  ]);
  expect(await daemon.stop()).toBe(0);
  expect(daemon.log()).toContain("6 frames seen: 6 analysed, 0 rejected, 0 dropped");
});
