/**
 * Tuning on the page of the built daemon: what the browser computes is what the daemon computes, and nothing changes before it is applied.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FilteredFrameMessage } from "../../../src/stream/protocol/filter-messages.js";
import type { ServerMessage } from "../../../src/stream/protocol/messages.js";
import type { SettingsPatch } from "../../../src/stream/protocol/settings.js";
import type { WatchedPage } from "../../support/browser.js";
import { launchBrowser, openPage } from "../../support/browser.js";
import type { DaemonProcess } from "../../support/daemon.js";
import { startDaemon } from "../../support/daemon.js";
import { QUICK_FLAGS, smallFrames } from "../../support/small-frames.js";
import type { StreamClient } from "../../support/stream-client.js";
import { connectClient } from "../../support/stream-client.js";

let home = "";
let daemon: DaemonProcess;
let client: StreamClient;
let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "ostwald-tuned-"));
  await smallFrames(join(home, "recorded"), 2);
  await smallFrames(join(home, "watched"), 1);
  daemon = await startDaemon([...QUICK_FLAGS, "--poll-ms", "50"], join(home, "watched"));
  client = await connectClient(daemon.url, "msgpack");
  await client.untilEvents(1);
  browser = await launchBrowser();
  watched = await openPage(browser, daemon.url);
  await watched.page.locator('[data-connection="live"]').waitFor();
});

afterAll(async () => {
  await watched?.close();
  await browser?.close();
  client?.close();
  await daemon?.stop();
  await rm(home, { recursive: true, force: true });
});

let requests = 0;

/** What the daemon itself makes of its last frame. */
async function filteredByDaemon(settings?: SettingsPatch): Promise<FilteredFrameMessage> {
  const requestId = `filter-${++requests}`;
  client.send({ op: "filterFrame", requestId, ...(settings === undefined ? {} : { settings }) });
  return client.until(
    (message): message is FilteredFrameMessage => message.op === "filteredFrame" && message.requestId === requestId,
  );
}

const settingsMessages = () => client.messages.filter(({ op }) => op === "settings");

async function openTuning(page: Page) {
  await page.getByRole("button", { name: "Tune" }).click();
  await page.locator(".tuning-picture").waitFor();
}

async function setSlider(page: Page, name: string, value: number) {
  await page.locator(".tuning").getByRole("slider", { name, exact: true }).fill(String(value));
}

/** Waits until the preview shown is that of `choice`, computed by `computer`. */
async function shows(page: Page, choice: string, computer = "") {
  const status = () => page.locator(".tuning-status").textContent();
  await expect.poll(status, { timeout: 180_000 }).toMatch(new RegExp(`^${choice}: .* ms, .*${computer}`));
}

async function choose(page: Page, group: string, name: string) {
  await page
    .locator(".tuning")
    .getByRole("radiogroup", { name: group })
    .getByRole("radio", { name, exact: true })
    .check();
}

/** Grey levels of the two halves of the picture: raw and filtered. */
async function shownLevels(
  page: Page,
): Promise<{ readonly raw: readonly number[]; readonly filtered: readonly number[] }> {
  return page.locator(".tuning-picture").evaluate((canvas: HTMLCanvasElement) => {
    const copy = document.createElement("canvas");
    copy.width = canvas.width;
    copy.height = canvas.height;
    const context = copy.getContext("2d", { willReadFrequently: true });
    context?.drawImage(canvas, 0, 0);
    const half = canvas.width / 2;
    const levels = (left: number) => {
      const data = context?.getImageData(left, 0, half, canvas.height).data ?? new Uint8ClampedArray();
      return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i] ?? -1);
    };
    return { raw: levels(0), filtered: levels(half) };
  });
}

function furthest(shown: readonly number[], wanted: Uint8Array): number {
  expect(shown).toHaveLength(wanted.length);
  return shown.reduce((most, level, i) => Math.max(most, Math.abs(level - (wanted[i] ?? 999))), 0);
}

test("the preview equals the daemon's filtered frame, whatever computes it, and the daemon's settings stay", async () => {
  const { page } = watched;
  const before = await filteredByDaemon();
  expect(before).toMatchObject({ filter: "none", isRounded: false, leftPx: 0, topPx: 0 });
  await openTuning(page);
  const computers = [
    ["WebGL2", "gpu.js, WebGL2"],
    ["WebAssembly", "WebAssembly SIMD"],
    ["CPU", "gpu.js, CPU"],
  ] as const;
  for (const [name, description] of computers) {
    await choose(page, "Computed by", name);
    await choose(page, "Filter to try", "Gaussian");
    await setSlider(page, "Kernel, px", 7);
    await setSlider(page, "Sigma, px", 2);
    await shows(page, "Gaussian 7 px, sigma 2 px", description);
    const gaussian = await filteredByDaemon({ filter: "gaussian", gaussianKernelPx: 7, gaussianSigmaPx: 2 });
    const shown = await shownLevels(page);
    expect(furthest(shown.raw, before.rawLevels)).toBe(0);
    expect(furthest(shown.filtered, gaussian.filteredLevels), `gaussian by ${name}`).toBe(0);
    expect(furthest(shown.filtered, before.rawLevels), "a filter that does something").toBeGreaterThan(1);
    await choose(page, "Filter to try", "NLM");
    for (const nlmH of [12, 40]) {
      await setSlider(page, "Strength h", nlmH);
      await shows(page, `NLM h ${nlmH}`, description);
      const nlm = await filteredByDaemon({ filter: "nlm", nlmH });
      expect(nlm).toMatchObject({ filter: "nlm", nlmH });
      const { filtered } = await shownLevels(page);
      expect(furthest(filtered, nlm.filteredLevels), `nlm ${nlmH} by ${name}`).toBe(0);
    }
  }
  expect(settingsMessages()).toEqual([]);
  expect((await filteredByDaemon()).filter).toBe("none");
  await page.keyboard.press("Escape");
  await page.locator(".tuning").waitFor({ state: "detached" });
  expect(settingsMessages()).toEqual([]);
}, 240_000);

test("apply changes the stream from the next frame on, to what was previewed", async () => {
  const { page } = watched;
  await openTuning(page);
  await choose(page, "Filter to try", "NLM");
  await setSlider(page, "Strength h", 27);
  await shows(page, "NLM h 27");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.locator(".tuning").waitFor({ state: "detached" });
  const told = await client.until(
    (message): message is Extract<ServerMessage, { op: "settings" }> => message.op === "settings",
  );
  expect(told.settings).toMatchObject({ filter: "nlm", nlmH: 27, gaussianKernelPx: 5 });
  await cp(join(home, "recorded"), join(home, "watched"), { recursive: true, force: false, filter: isOther });
  const last = (await client.untilEvents(2)).at(-1);
  expect(last).toMatchObject({ op: "frame", nlmH: 27, settingsId: told.settingsId });
  await openTuning(page);
  await shows(page, "NLM h 27");
  const byStream = await filteredByDaemon();
  expect(byStream).toMatchObject({ seq: last?.seq, filter: "nlm", nlmH: 27 });
  const { raw, filtered } = await shownLevels(page);
  expect(furthest(raw, byStream.rawLevels)).toBe(0);
  expect(furthest(filtered, byStream.filteredLevels)).toBe(0);
  await page.getByRole("button", { name: "Discard" }).click();
  await page.locator(".tuning").waitFor({ state: "detached" });
}, 120_000);

test("the page complained of nothing, and only the worker's script may make functions from text", async () => {
  expect(watched.complaints).toEqual([]);
  const loaded = await watched.page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  const scripts = [...new Set([daemon.url, ...loaded.filter((name) => name.endsWith(".js"))])];
  const policies = await Promise.all(
    scripts.map(async (url) => (await fetch(url)).headers.get("content-security-policy") ?? ""),
  );
  const mayEval = scripts.filter((_, i) => policies[i]?.includes("unsafe-eval"));
  expect(scripts.length).toBeGreaterThan(2);
  expect(mayEval).toEqual([expect.stringContaining("/assets/tuning-worker-")]);
});

/** The first frame is in the folder already. */
function isOther(path: string): boolean {
  return !/0*1\.\w+$/.test(path);
}
