/**
 * Pages on stand-in daemons for one test file: opened in one browser, closed after each test.
 *
 * @module
 */
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { WatchedPage } from "./browser.js";
import { launchBrowser, openPage } from "./browser.js";
import type { StandInOptions } from "./dashboard-server.js";
import { DashboardStandIn } from "./dashboard-server.js";

export interface DashboardPages {
  /** A daemon whose analyzer is synthetic. */
  start(options?: StandInOptions): Promise<DashboardStandIn>;
  /** A page on it, connected. */
  open(standIn: DashboardStandIn, context?: BrowserContextOptions): Promise<WatchedPage>;
}

/** To be called once, at the top of a test file. */
export function useDashboardPages(): DashboardPages {
  let browser: Browser;
  const opened: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });
  return {
    async start(options = {}) {
      const standIn = await DashboardStandIn.start(options);
      opened.push(() => standIn.stop());
      return standIn;
    },
    async open(standIn, context = {}) {
      const watched = await openPage(browser, standIn.url, context);
      opened.push(watched.close);
      await watched.page.locator('[data-connection="live"]').waitFor();
      return watched;
    },
  };
}
