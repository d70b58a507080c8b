/**
 * The dashboard's files, read once at the start into a map: what is not in the map is not served.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";

export interface Asset {
  readonly body: Uint8Array;
  /** Content-Type. */
  readonly type: string;
  /** Quoted hash of the body. */
  readonly etag: string;
}

/** By path of the URL, `/assets/main.js`. `/` is `/index.html`. */
export type AssetMap = ReadonlyMap<string, Asset>;

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/** Reads all files under `directory`; links are left out. Raises the error of the file system when it cannot be read. */
export async function loadAssets(directory: string): Promise<AssetMap> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const assets = new Map<string, Asset>();
  for (const file of files) {
    assets.set(`/${relative(directory, file).split(sep).join("/")}`, assetFrom(await readFile(file), extname(file)));
  }
  const index = assets.get("/index.html");
  if (index !== undefined) assets.set("/", index);
  return assets;
}

function assetFrom(body: Uint8Array, extension: string): Asset {
  return {
    body,
    type: TYPES[extension] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
  };
}
