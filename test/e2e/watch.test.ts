import { open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { particleCount } from "../../src/stream/base/particles.js";
import type { FrameMessage, ServerMessage } from "../../src/stream/protocol/messages.js";
import { encodePng } from "../../src/stream/source/simulated/encode-png.js";
import { encodeTiff } from "../../src/stream/source/simulated/encode-tiff.js";
import { launchBrowser, openPage } from "../support/browser.js";
import type { DaemonProcess } from "../support/daemon.js";
import { startDaemon } from "../support/daemon.js";
import { noiseFreeSpheres } from "../support/simulated-frames.js";
import { connectClient } from "../support/stream-client.js";

const PARTICLES = 24;

/** As a detector server does it: under another name, then renamed. */
async function writeRenamed(dir: string, name: string, bytes: Uint8Array): Promise<void> {
  await writeFile(join(dir, `${name}.tmp`), bytes);
  await rename(join(dir, `${name}.tmp`), join(dir, name));
}

/** As acquisition software does it that writes into the final file, piece by piece. */
async function writeInPieces(dir: string, name: string, bytes: Uint8Array): Promise<void> {
  const file = await open(join(dir, name), "w");
  for (let start = 0; start < bytes.length; start += bytes.length / 10) {
    await file.write(bytes.subarray(start, start + bytes.length / 10));
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  await file.close();
}

const isFrame = (message: ServerMessage): message is FrameMessage => message.op === "frame";

describe("a scientist at the dashboard of the built daemon", () => {
  let daemon: DaemonProcess;
  let browser: Browser;
  beforeAll(async () => {
    [daemon, browser] = await Promise.all([startDaemon(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await daemon.stop();
  });

  it("sees the right count, the outlines and the table, and changes the segmenter while it runs", async () => {
    const { page, complaints, close } = await openPage(browser, daemon.url);
    const shownCount = async () => (await page.locator('[data-figure="count"] .figure-value').textContent())?.trim();
    await page.waitForSelector('[data-connection="live"]');
    const { frame } = noiseFreeSpheres();
    await writeInPieces(daemon.dir, "frame_1.tif", encodeTiff(frame));
    await expect.poll(shownCount, { timeout: 20_000 }).toBe(String(PARTICLES));
    await page.waitForSelector(`.stage-canvas[data-seq="1"][data-outlines="${PARTICLES}"]`);
    // The table holds only the rows in view.
    expect(await page.locator("tr[data-particle]").count()).toBeGreaterThan(5);
    expect(await page.getByText(`${PARTICLES} in frame 1`).count()).toBe(1);

    await page.locator('[data-setting="segmenter"]').getByRole("radio", { name: "Threshold" }).check();
    await page.waitForSelector('[data-setting="segmenter"][data-phase="done"]');
    await writeRenamed(daemon.dir, "frame_2.png", await encodePng(frame));
    await expect.poll(() => page.locator('[data-account="committed"] b').textContent(), { timeout: 20_000 }).toBe("2");
    await expect.poll(shownCount, { timeout: 20_000 }).toBe(String(PARTICLES));
    const script = await connectClient(daemon.url, "json");
    const second = await script.until(
      (message): message is FrameMessage => message.op === "frame" && message.seq === 2,
    );
    expect(second.computedBy.segmenter).toBe("Otsu");
    script.close();
    expect(complaints).toEqual([]);
    await close();
  }, 90_000);
});

describe.each(["mask-rcnn", "threshold"] as const)(
  "the built daemon with %s, on frames written as a microscope writes them",
  (segmenter) => {
    let daemon: DaemonProcess;
    beforeAll(async () => {
      daemon = await startDaemon(["--segmenter", segmenter]);
    });
    afterAll(() => daemon.stop());

    it("finds every particle, and says the same over JSON and MessagePack", async () => {
      const json = await connectClient(daemon.url, "json");
      const msgpack = await connectClient(daemon.url, "msgpack");
      const { frame, truth } = noiseFreeSpheres();
      await writeRenamed(daemon.dir, "frame_1.png", await encodePng(frame));
      await writeInPieces(daemon.dir, "frame_2.tif", encodeTiff(frame));
      const [events, same] = await Promise.all([json.untilEvents(2), msgpack.untilEvents(2)]);
      expect(same).toEqual(events);
      const trueEcdNm = truth.particles.map(({ ecdNm }) => ecdNm).sort((a, b) => a - b);
      const medianNm = ((trueEcdNm[PARTICLES / 2 - 1] ?? 0) + (trueEcdNm[PARTICLES / 2] ?? 0)) / 2;
      for (const event of events.filter(isFrame)) {
        expect(event.statistics.count).toBe(PARTICLES);
        expect(event.statistics.lengthUnit).toBe("nm");
        expect(event.statistics.ecd.median).toBeGreaterThan(0.98 * medianNm);
        expect(event.statistics.ecd.median).toBeLessThan(1.02 * medianNm);
      }
      const isTable = (message: ServerMessage) => message.op === "particles" && message.seq === 2;
      const table = await msgpack.until((message): message is Extract<ServerMessage, { op: "particles" }> =>
        isTable(message),
      );
      expect(particleCount(table.columns)).toBe(PARTICLES);
      json.close();
      msgpack.close();
    }, 60_000);
  },
);
