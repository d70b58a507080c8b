/**
 * What `doctor` says about Ostwald's own parts: model, formats, dashboard.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isOstwaldError } from "../../../stream/base/errors.js";
import { IMAGE_FORMATS } from "../../../stream/decode/resolve.js";
import { DASHBOARD_DIR } from "../../config/package.js";
import { loadModel } from "../../segment/manifest.js";
import type { Finding } from "./finding.js";
import { ok } from "./finding.js";

/** Whether the model is the one its manifest describes: file, size and hash. */
export async function modelFinding(manifestPath: string): Promise<Finding> {
  try {
    const { file, sha256 } = (await loadModel(manifestPath)).manifest;
    return ok("model", `${file}, SHA-256 ${sha256.slice(0, 16)}..., as its manifest says`, manifestPath);
  } catch (error) {
    if (!isOstwaldError(error)) throw error;
    const found = [error.received, "--segmenter threshold works without a model"];
    return { topic: "model", state: "missing", found, remedy: error.remedy };
  }
}

export function formatsFinding(): Finding {
  return ok("formats", ...IMAGE_FORMATS.map(({ name }) => name));
}

export function dashboardFinding(): Finding {
  if (existsSync(join(DASHBOARD_DIR, "index.html"))) return ok("dashboard", "built");
  return { topic: "dashboard", state: "missing", found: ["not built"], remedy: "npm run build" };
}
