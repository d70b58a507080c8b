import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { loadAssets } from "../../../src/daemon/server/assets.js";
import { HostNotAllowedError, ListenError, PortInUseError } from "../../../src/daemon/server/listen.js";
import { healthOf } from "../../support/wire-messages.js";
import type { TestServer } from "../../support/wire-server.js";
import { startTestServer } from "../../support/wire-server.js";

let server: TestServer;
let state: "ok" | "failed" = "ok";

beforeAll(async () => {
  server = await startTestServer({}, { health: () => healthOf(state) });
});

afterEach(() => {
  state = "ok";
});

afterAll(() => server.close());

const ask = (path: string, init?: RequestInit) => fetch(new URL(path, server.url), init);

describe("the dashboard's files", () => {
  it("come with type, length and hash; the page is asked for again, what has a hash in its name is kept", async () => {
    const page = await ask("/");
    expect(page.status).toBe(200);
    expect(await page.text()).toBe("<!doctype html>");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-length")).toBe("15");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const script = await ask("/assets/main-1a2b.js?x=1");
    expect(script.headers.get("cache-control")).toContain("immutable");
  });

  it("are not sent again to whoever has them", async () => {
    const { headers } = await ask("/");
    const again = await ask("/", { headers: { "if-none-match": headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe("");
  });

  it("come without a body for HEAD", async () => {
    const head = await ask("/", { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe("15");
    expect(await head.text()).toBe("");
  });

  it.each(["/nothing", "/../package.json", "/%2e%2e/package.json", "//etc/passwd", "/assets/"])(
    "%s is 404",
    async (path) => {
      const answer = await ask(path.startsWith("//") ? `${server.url}${path.slice(1)}` : path);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ tag: "NotFound" });
    },
  );

  it.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s is 405 and says what there is", async (method) => {
    const answer = await ask("/", { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD");
    expect(await answer.json()).toMatchObject({ tag: "MethodNotAllowed" });
  });
});

it("every answer carries the policies, with the stream of this host and no other", async () => {
  for (const path of ["/", "/nothing", "/healthz"]) {
    const { headers } = await ask(path);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${server.port};`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("access-control-allow-origin")).toBeNull();
  }
});

it("the worker that previews filters has a policy of its own, which lets it compile and reach its kernels, and no more", async () => {
  const policyOf = async (path: string) => (await ask(path)).headers.get("content-security-policy");
  expect(await policyOf("/assets/tuning-worker-Ab_1-x.js")).toBe(
    "default-src 'none'; script-src 'self' 'unsafe-eval'; connect-src 'self'; frame-ancestors 'none'",
  );
  for (const path of [
    "/tuning-worker-1.js",
    "/assets/tuning-worker-1.html",
    "/assets/x/tuning-worker-1.js",
    "/?/assets/tuning-worker-1.js",
  ]) {
    expect(await policyOf(path)).not.toContain("unsafe");
  }
});

it("/healthz is the health message, 200 or 503", async () => {
  const well = await ask("/healthz");
  expect(well.status).toBe(200);
  expect(await well.json()).toEqual(healthOf());
  state = "failed";
  expect((await ask("/healthz")).status).toBe(503);
});

describe("listening", () => {
  it("on a port that is in use raises PortInUseError with the port, and the first server goes on", async () => {
    const second = startTestServer({}, { port: server.port });
    await expect(second).rejects.toThrow(PortInUseError);
    await expect(second).rejects.toMatchObject({ tag: "PortInUse", port: server.port });
    expect((await ask("/")).status).toBe(200);
  });

  it.each(["0.0.0.0", "::", "192.168.1.5", "example.org", "127.0.0.1.example.org", ""])(
    "on %j is refused",
    async (host) => {
      await expect(startTestServer({}, { host })).rejects.toThrow(HostNotAllowedError);
    },
  );

  it("on an address that this machine does not have raises ListenError or works", async () => {
    const attempt = await startTestServer({}, { host: "::1" }).catch((error: unknown) => error);
    if (attempt instanceof Error) expect(attempt).toBeInstanceOf(ListenError);
    else await (attempt as TestServer).close();
  });
});

describe("assets from a folder", () => {
  it("are its files by their path in the URL, with / for the page; links are left out", async () => {
    const directory = await mkdtemp(join(tmpdir(), "ostwald-assets-"));
    try {
      await mkdir(join(directory, "assets"));
      await writeFile(join(directory, "index.html"), "<p>");
      await writeFile(join(directory, "assets", "a.js"), "1");
      await symlink("/etc/hostname", join(directory, "secret.txt"));
      const assets = await loadAssets(directory);
      expect([...assets.keys()].sort()).toEqual(["/", "/assets/a.js", "/index.html"]);
      expect(assets.get("/assets/a.js")).toMatchObject({ type: "text/javascript; charset=utf-8" });
      expect(assets.get("/assets/a.js")?.etag).not.toBe(assets.get("/")?.etag);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
