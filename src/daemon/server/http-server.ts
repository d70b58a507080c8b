/**
 * HTTP: the dashboard's files from memory, `/healthz`, and what else the daemon says of itself. Reads no file and changes nothing.
 *
 * @module
 */
import type { IncomingMessage, Server } from "node:http";
import { createServer } from "node:http";
import type { HealthMessage } from "../../stream/protocol/messages.js";
import type { AssetMap } from "./assets.js";
import type { BoundAddress } from "./gate.js";
import { passGate } from "./gate.js";

export interface HttpOptions {
  readonly assets: AssetMap;
  readonly health: () => HealthMessage;
  /** Made when they are asked for, by path. */
  readonly pages?: ReadonlyMap<string, () => Page | Promise<Page>>;
  /** The address the server is bound to, known once it listens. */
  readonly bound: () => BoundAddress;
}

/** What the daemon says of itself; never kept by who asks. */
export interface Page {
  readonly status: number;
  /** Content-Type. */
  readonly type: string;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A client has this long to send its request, ms. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Connections at the same time, those that are not clients yet included. */
const CONNECTION_LIMIT = 1024;

/** A server that is not listening yet. */
export function createHttpServer(options: HttpOptions): Server {
  const timeouts = {
    headersTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: REQUEST_TIMEOUT_MS / 5,
    keepAliveTimeout: REQUEST_TIMEOUT_MS / 2,
  };
  const server = createServer(timeouts, (request, response) => {
    // Node leaves the body out of an answer to HEAD.
    void answerTo(request, options).then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
  });
  server.maxConnections = CONNECTION_LIMIT;
  return server;
}

async function answerTo(request: IncomingMessage, options: HttpOptions): Promise<Answer> {
  const gate = passGate(request.headers, options.bound());
  const answer = gate.passed ? await contentFor(request, options) : refusal(403, "HostOrOriginRefused", gate.reason);
  const host = gate.passed ? gate.host : null;
  const contentSecurity = TUNING_WORKER.test(pathOf(request)) ? workerPolicy() : pagePolicy(host);
  return { ...answer, headers: { ...policies(contentSecurity), ...answer.headers } };
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").split("?", 1)[0] ?? "";
}

async function contentFor(request: IncomingMessage, { assets, health, pages }: HttpOptions): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return refusal(405, "MethodNotAllowed", "Only GET and HEAD; settings are changed over the WebSocket.", {
      Allow: "GET, HEAD",
    });
  }
  const path = pathOf(request);
  const page = pages?.get(path);
  if (page !== undefined) return pageAnswer(await page());
  return path === "/healthz" ? healthAnswer(health()) : assetAnswer(assets, path, request.headers["if-none-match"]);
}

/** The one script that makes functions from text (docs/architecture.md); the build names it so. */
const TUNING_WORKER = /^\/assets\/tuning-worker-[\w-]+\.js$/;

/** It may load scripts and its kernels from here, and nothing else: no document, no picture, no socket. */
function workerPolicy(): readonly string[] {
  return ["default-src 'none'", "script-src 'self' 'unsafe-eval'", "connect-src 'self'", "frame-ancestors 'none'"];
}

/** What a page of this server may do: load from here, talk to here. */
function pagePolicy(host: string | null): readonly string[] {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    // Not every browser counts ws: of the same host as 'self'.
    host === null ? "connect-src 'none'" : `connect-src 'self' ws://${host}`,
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
}

function policies(contentSecurity: readonly string[]): Answer["headers"] {
  return {
    "Content-Security-Policy": contentSecurity.join("; "),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
  };
}

function assetAnswer(assets: AssetMap, path: string, heldEtag: string | undefined): Answer {
  const asset = assets.get(path);
  if (asset === undefined) return refusal(404, "NotFound", "There is no such file; the dashboard is at /.");
  // The build puts a hash into the names under /assets: what they hold never changes.
  const cacheControl = path.startsWith("/assets/") ? "max-age=31536000, immutable" : "no-cache";
  const headers = { ETag: asset.etag, "Cache-Control": cacheControl, "Content-Type": asset.type };
  return heldEtag === asset.etag
    ? { status: 304, headers, body: new Uint8Array() }
    : { status: 200, headers: { ...headers, "Content-Length": String(asset.body.length) }, body: asset.body };
}

/** 503 when the daemon has failed, so that a probe needs not read the body. */
function healthAnswer(health: HealthMessage): Answer {
  return jsonAnswer(health.state === "failed" ? 503 : 200, health, { "Cache-Control": "no-store" });
}

function pageAnswer({ status, type, body }: Page): Answer {
  const bytes = Buffer.from(body);
  const headers = { "Content-Type": type, "Content-Length": String(bytes.length), "Cache-Control": "no-store" };
  return { status, headers, body: bytes };
}

function refusal(status: number, tag: string, detail: string, headers: Answer["headers"] = {}): Answer {
  return jsonAnswer(status, { tag, detail }, headers);
}

function jsonAnswer(status: number, value: unknown, headers: Answer["headers"]): Answer {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  const described = { "Content-Type": "application/json", "Content-Length": String(body.length) };
  return { status, headers: { ...described, ...headers }, body };
}
