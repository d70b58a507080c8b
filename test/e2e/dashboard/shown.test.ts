/**
 * What the page shows, in a real browser, of a synthetic experiment on the daemon's own server.
 */
import { describe, expect, test } from "vitest";
import type { WatchedPage } from "../../support/browser.js";
import { SMALL_EXPERIMENT } from "../../support/dashboard-experiment.js";
import { useDashboardPages } from "../../support/dashboard-page.js";
import type { DashboardStandIn } from "../../support/dashboard-server.js";

const { start, open } = useDashboardPages();

/** Waits until the picture on the canvas is of frame `seq` or a later one. */
async function pictureOf({ page }: WatchedPage, seq: number): Promise<void> {
  await page.waitForFunction((least) => {
    const canvas = document.querySelector(".stage-canvas");
    return Number(canvas?.getAttribute("data-seq") ?? 0) >= least;
  }, seq);
}

/** Publishes frames until the page shows a picture: the hub makes one only when it is due. */
async function showFrames(standIn: DashboardStandIn, watched: WatchedPage, count = 6): Promise<void> {
  await standIn.frames(count, 60);
  await pictureOf(watched, standIn.lastSeq - 2);
}

function figure({ page }: WatchedPage, name: string) {
  return page.locator(`[data-figure="${name}"] .figure-value`);
}

/** Text with its narrow spaces made plain. */
async function textOf(locator: { textContent(): Promise<string | null> }): Promise<string> {
  return ((await locator.textContent()) ?? "").replace(/\s+/gu, " ").trim();
}

describe("before the first frame", () => {
  test("the page says where it waits for frames, and complains of nothing", async () => {
    const watched = await open(await start());
    await watched.page.locator('[data-waiting="frame"]').waitFor();
    expect(await watched.page.locator('[data-waiting="frame"]').textContent()).toContain("/data/2024-11-22/run-03");
    expect(await textOf(figure(watched, "count"))).toBe("–");
    expect(watched.complaints).toEqual([]);
  });
});

test("a browser that names no usable language, as on a system in the POSIX locale, shows the charts all the same", async () => {
  const standIn = await start();
  const watched = await open(standIn, { locale: "en-US@posix" });
  await showFrames(standIn, watched);
  await watched.page.locator(".uplot canvas").first().waitFor();
  expect(watched.complaints).toEqual([]);
});

describe("while frames come", () => {
  test("count, median and table are those of the last frame", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    await showFrames(standIn, watched);
    const { event, particles } = standIn.frame();
    await pictureOf(watched, event.seq - 1);
    await expect.poll(() => textOf(figure(watched, "count"))).toBe(String(event.statistics.count));
    const median = event.statistics.ecd.median?.toPrecision(3);
    await expect.poll(() => textOf(figure(watched, "median"))).toBe(`${median} nm`);
    await expect.poll(() => watched.page.locator("tbody tr[data-particle]").count()).toBeGreaterThan(5);
    const rows = await watched.page.locator("table").getAttribute("aria-rowcount");
    expect(Number(rows)).toBe(particles.columns.id.length + 1);
    expect(watched.complaints).toEqual([]);
  });

  test("a frame that is shown when the page opens needs no further frame", async () => {
    const standIn = await start();
    const { event } = standIn.frame();
    const watched = await open(standIn);
    await expect.poll(() => textOf(figure(watched, "count"))).toBe(String(event.statistics.count));
    await pictureOf(watched, 1);
  });

  test("every particle is outlined in the colour of its size, and the picture is the frame's grey levels", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    await showFrames(standIn, watched);
    const canvas = watched.page.locator(".stage-canvas");
    expect(Number(await canvas.getAttribute("data-outlines"))).toBe(SMALL_EXPERIMENT.particleCount);
    const colours = () =>
      watched.page.evaluate(() => {
        const drawn = document.querySelector<HTMLCanvasElement>(".stage-canvas");
        const data = drawn?.getContext("2d")?.getImageData(0, 0, drawn.width, drawn.height).data ?? [];
        let coloured = 0;
        let grey = 0;
        for (let at = 0; at < data.length; at += 4) {
          const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]];
          if (Math.max(red, green, blue) - Math.min(red, green, blue) > 40) coloured += 1;
          else if (red > 0) grey += 1;
        }
        return { coloured, grey };
      });
    const drawn = await colours();
    expect(drawn.coloured).toBeGreaterThan(500);
    expect(drawn.grey).toBeGreaterThan(50_000);
    await watched.page.getByRole("button", { name: "Outlines" }).click();
    await expect.poll(async () => (await colours()).coloured).toBe(0);
  });

  test("the scale bar has a round length in nm, and in px when the pixel size is not known", async () => {
    const known = await start();
    const withSize = await open(known);
    await showFrames(known, withSize);
    expect(await withSize.page.locator("[data-scale-bar]").textContent()).toMatch(/^[125]0* nm$/);
    const unknown = await start({ experiment: { ...SMALL_EXPERIMENT, pixelSizeNm: null } });
    const without = await open(unknown);
    await showFrames(unknown, without);
    expect(await without.page.locator("[data-scale-bar]").textContent()).toMatch(/^[125]0* px$/);
    expect(await without.page.locator(".frame-panel .panel-subtitle").textContent()).toContain("pixel size unknown");
    expect(await textOf(figure(without, "median"))).toContain("px");
  });

  test("a click on a particle marks it in picture and table, with its values", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    await showFrames(standIn, watched);
    await watched.page.getByRole("button", { name: "Hold" }).click();
    const row = watched.page.locator("tbody tr[data-particle]").nth(2);
    const id = await row.getAttribute("data-particle");
    await row.click();
    await watched.page.mouse.move(5, 5);
    await expect.poll(() => watched.page.locator('tr[aria-selected="true"]').getAttribute("data-particle")).toBe(id);
    expect(await watched.page.locator("[data-detail]").getAttribute("data-detail")).toBe(id);
  });

  test("pointing at a disc in the picture shows its row", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    await showFrames(standIn, watched);
    await watched.page.getByRole("button", { name: "Hold" }).click();
    const seq = Number(await watched.page.locator(".stage-canvas").getAttribute("data-seq"));
    expect(seq).toBeGreaterThan(0);
    const largest = await watched.page.locator("tbody tr[data-particle]").first().getAttribute("data-particle");
    const { columns } = standIn.frame().particles;
    const index = Number(largest) - 1;
    const box = await watched.page.locator(".stage-canvas").boundingBox();
    const scale = Math.min(box?.width ?? 0, box?.height ?? 0) / SMALL_EXPERIMENT.edgePx;
    const left = ((box?.width ?? 0) - SMALL_EXPERIMENT.edgePx * scale) / 2;
    const top = ((box?.height ?? 0) - SMALL_EXPERIMENT.edgePx * scale) / 2;
    const x = (box?.x ?? 0) + left + (columns.centroidXPx[index] ?? 0) * scale;
    const y = (box?.y ?? 0) + top + (columns.centroidYPx[index] ?? 0) * scale;
    await watched.page.mouse.move(x, y);
    await expect.poll(() => watched.page.locator("[data-detail]").getAttribute("data-detail")).toBe(largest);
    expect(await watched.page.locator("tr.pointed").getAttribute("data-particle")).toBe(largest);
    await watched.page.mouse.click(x, y);
    await expect.poll(() => watched.page.locator('tr[aria-selected="true"]').count()).toBe(1);
  });

  test("nothing moves: the layout shift over 50 frames is below 0.01", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    await watched.page.evaluate(() => {
      const sums = { shift: 0 };
      Reflect.set(window, "layoutShifts", sums);
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) sums.shift += Number(Reflect.get(entry, "value"));
      }).observe({ type: "layout-shift", buffered: false });
    });
    standIn.reject("incomplete", "half.tif", "the file ends too early");
    await standIn.frames(50, 30);
    await pictureOf(watched, standIn.lastSeq - 3);
    const shift = await watched.page.evaluate(() => Number(Reflect.get(Reflect.get(window, "layoutShifts"), "shift")));
    expect(shift).toBeLessThan(0.01);
    expect(watched.complaints).toEqual([]);
  });

  test("the frame account stands in one line and balances", async () => {
    const standIn = await start();
    const watched = await open(standIn);
    await standIn.frames(3, 20);
    standIn.reject("corrupt", "bad.tif", "no strip offsets");
    const account = (name: string) => textOf(watched.page.locator(`[data-account="${name}"] b`));
    await expect.poll(() => account("rejected")).toBe("1");
    expect(await account("committed")).toBe("3");
    expect(await account("seen")).toBe("6");
    expect(await watched.page.locator(".balance").textContent()).toBe("every frame accounted for");
    await expect.poll(() => watched.page.locator('[data-reason="corrupt"]').textContent()).toContain("bad.tif");
  });
});
