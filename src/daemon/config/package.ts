/**
 * What Ostwald's own package says: its version, the Node it needs, and where its files lie.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** Folder of package.json. The same from `src/` and from `dist/`, which have the same depth. */
export const PACKAGE_DIR = fileURLToPath(new URL("../../../", import.meta.url));

/** The built dashboard. */
export const DASHBOARD_DIR = `${PACKAGE_DIR}dist/dashboard`;

/** The manifest of the model that comes with Ostwald. */
export const SHIPPED_MANIFEST_PATH = fileURLToPath(new URL("../../../models/manifest.json", import.meta.url));

/** The manifest of the denoiser that comes with Ostwald. */
export const SHIPPED_DENOISER_PATH = fileURLToPath(new URL("../../../models/denoiser.json", import.meta.url));

const packageSchema = z.object({ version: z.string(), engines: z.object({ node: z.string() }) });

/** Version of Ostwald (`0.1.0`) and the range of Node versions it runs on (`>=20.19`). */
export function readPackage(): { readonly version: string; readonly nodeRange: string } {
  const { version, engines } = packageSchema.parse(JSON.parse(readFileSync(`${PACKAGE_DIR}package.json`, "utf8")));
  return { version, nodeRange: engines.node };
}
