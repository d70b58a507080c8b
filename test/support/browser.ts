/**
 * A real browser for tests, and a page of it that keeps what went wrong.
 *
 * @module
 */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { browserFiles } from "./browser-files.js";

/** Starts a headless Chromium. Close it when done. */
export async function launchBrowser(): Promise<Browser> {
  const { executable, environment } = await browserFiles();
  return chromium.launch({
    executablePath: executable,
    headless: true,
    env: { ...process.env, ...environment },
    args: [
      // The sandbox needs rights that a container or a test machine may not give; the pages are our own.
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--use-gl=angle",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      // Text has the same widths everywhere.
      "--font-render-hinting=none",
    ],
  });
}

/** A page, and everything it complained about. */
export interface WatchedPage {
  readonly page: Page;
  /** Console errors, uncaught exceptions and violations of the content security policy, in order. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens `url` in a context of its own. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US", ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  await page.exposeFunction("reportViolation", (text: string) => complaints.push(`policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const report: unknown = Reflect.get(window, "reportViolation");
      if (typeof report === "function") report(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  await page.addInitScript(() => {
    const sockets: WebSocket[] = [];
    Reflect.set(window, "socketsOfThisPage", sockets);
    window.WebSocket = class extends window.WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols);
        sockets.push(this);
      }
    };
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** Ends every WebSocket of the page, as a network that fails does. */
export async function severSockets(page: Page): Promise<void> {
  await page.evaluate(() => {
    const sockets: readonly WebSocket[] = Reflect.get(window, "socketsOfThisPage");
    for (const socket of sockets) socket.close();
  });
}
