/**
 * What the page does when the reader, another client or the daemon acts.
 */
import { describe, expect, test } from "vitest";
import { OstwaldError } from "../../../src/stream/base/errors.js";
import type { WatchedPage } from "../../support/browser.js";
import { severSockets } from "../../support/browser.js";
import { useDashboardPages } from "../../support/dashboard-page.js";
import { DashboardStandIn } from "../../support/dashboard-server.js";

class RefusedError extends OstwaldError {
  readonly tag = "Refused";
}

const { start, open } = useDashboardPages();

/** Points that the chart of the count shows. */
async function pointCount({ page }: WatchedPage): Promise<number> {
  return Number(await page.locator('[data-chart="count"] .plot').getAttribute("data-points"));
}

function setting({ page }: WatchedPage, name: string) {
  return page.locator(`[data-setting="${name}"]`);
}

describe("a change of settings", () => {
  test("sends the one setting that was changed, and says when it is applied", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    await setting(watched, "filter").getByRole("radio", { name: "NLM" }).check();
    await expect.poll(() => setting(watched, "filter").getAttribute("data-phase")).toBe("done");
    expect(standIn.patches).toEqual([{ filter: "nlm" }]);
    await setting(watched, "nlmH").locator("input[type=text]").fill("22");
    await watched.page.keyboard.press("Enter");
    await expect.poll(() => setting(watched, "nlmH").getAttribute("data-phase")).toBe("done");
    expect(standIn.patches.at(-1)).toEqual({ nlmH: 22 });
  });

  test("that the daemon refuses shows its words and keeps what was typed", async () => {
    const refuse = () =>
      new RefusedError({ received: "21 px2", expected: "an area smaller than the frame", remedy: "Use 20 or 50." });
    const watched = await open(await start({ refuse }));
    const area = setting(watched, "minAreaPx2");
    await area.locator("input").fill("21");
    await watched.page.keyboard.press("Enter");
    await area.locator('[role="alert"]').waitFor();
    expect(await area.locator('[role="alert"]').textContent()).toContain(
      "an area smaller than the frame. Use 20 or 50.",
    );
    expect(await area.locator("input").inputValue()).toBe("21");
    await area.locator("input").press("Escape");
    await expect.poll(() => area.locator("input").inputValue()).toBe("20");
  });

  test("that is no number is not sent", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    await setting(watched, "minAreaPx2").locator("input").fill("twenty");
    await watched.page.keyboard.press("Enter");
    await setting(watched, "minAreaPx2").locator('[role="alert"]').waitFor();
    expect(standIn.patches).toEqual([]);
  });

  test("by another client is shown, but not in a field that is being edited", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    const area = setting(watched, "minAreaPx2").locator("input");
    await area.fill("3");
    standIn.settle({ minAreaPx2: 77, pixelSizeNm: 0.25, polarity: "dark" });
    await expect.poll(() => setting(watched, "pixelSizeNm").locator("input").inputValue()).toBe("0.25");
    expect(await setting(watched, "polarity").locator("label.chosen").textContent()).toBe("Dark");
    expect(await area.inputValue()).toBe("3");
    await area.press("Escape");
    await expect.poll(() => area.inputValue()).toBe("77");
  });

  test("can be made with the keyboard alone", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    await setting(watched, "segmenter").locator("input").first().focus();
    await watched.page.keyboard.press("ArrowRight");
    await expect.poll(() => standIn.patches).toEqual([{ segmenter: "threshold" }]);
  });
});

describe("the age of the data", () => {
  test("turns amber when a frame is overdue and red when the daemon is gone", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    await standIn.frames(3, 30);
    const state = () => watched.page.locator('[data-figure="age"]').getAttribute("data-state");
    await expect.poll(state).toBe("fresh");
    await expect.poll(state, { timeout: 10_000 }).toBe("late");
    await standIn.stop();
    await expect.poll(state).toBe("stale");
  });
});

describe("a connection that is lost", () => {
  test("is resumed with the same daemon: every event of the gap is counted once", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    await standIn.frames(5, 30);
    await expect.poll(() => pointCount(watched)).toBe(5);
    await severSockets(watched.page);
    await standIn.frames(4, 5);
    await watched.page.locator('[data-connection="live"]').waitFor();
    await expect.poll(() => pointCount(watched)).toBe(9);
    expect(await watched.page.locator(".notice").textContent()).toBe("");
  });

  test("to a daemon that was restarted begins a new run and says so", async () => {
    const first = await DashboardStandIn.start({ sessionId: "first" });
    const watched = await open(first);
    await first.frames(8, 20);
    await expect.poll(() => pointCount(watched)).toBe(8);
    const { port } = first;
    await first.stop();
    await watched.page.locator('[data-connection="waiting"]').waitFor();
    const second = await start({ sessionId: "second", port });
    second.frame();
    await watched.page.locator('[data-connection="live"]').waitFor({ timeout: 15_000 });
    await expect.poll(() => pointCount(watched)).toBe(1);
    expect(await watched.page.locator(".notice").textContent()).toContain("restarted");
  });
});

describe("the state of the daemon", () => {
  test("that is degraded is named in words, in the top line and under health", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    standIn.setHealth({ state: "degraded", notes: ["No file events: the folder is listed every 500 ms."] });
    await watched.page.locator('[data-health="degraded"]').waitFor();
    expect(await watched.page.locator(".notes").textContent()).toContain("No file events");
    await expect.poll(() => watched.page.locator(".notice").textContent()).toContain("No file events");
  });
});

describe("the theme", () => {
  test("follows the system until the reader chooses, and the choice is remembered", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    const theme = () => watched.page.locator("html").getAttribute("data-theme");
    await watched.page.emulateMedia({ colorScheme: "light" });
    await expect.poll(theme).toBe("light");
    await watched.page.getByRole("button", { name: "Use the dark theme" }).click();
    await expect.poll(theme).toBe("dark");
    await watched.page.reload();
    await expect.poll(theme).toBe("dark");
  });
});
