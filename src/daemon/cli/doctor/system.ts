/**
 * What `doctor` says about the machine: Node, processors, file events.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { arch, availableParallelism, platform, release, totalmem } from "node:os";
import { readPackage } from "../../config/package.js";
import type { Finding } from "./finding.js";
import { ok } from "./finding.js";

/** inotify watches below which large folders with subfolders run out of them. */
const FEW_WATCHES = 8_192;
const FEW_INSTANCES = 128;

export function nodeFinding(running = process.versions.node): Finding {
  const { nodeRange } = readPackage();
  if (isAtLeast(running, nodeRange.replace(/^>=\s*/, ""))) return ok("Node", `${running} (${nodeRange} needed)`);
  return {
    topic: "Node",
    state: "missing",
    found: [`${running} (${nodeRange} needed)`],
    remedy: "Install the current LTS version from nodejs.org.",
  };
}

/** Whether version `version` is `least` or later: `22.1.0`, `20.19`. */
export function isAtLeast(version: string, least: string): boolean {
  const numbers = version.split(".").map(Number);
  for (const [i, wanted] of least.split(".").map(Number).entries()) {
    const has = numbers[i] ?? 0;
    if (has !== wanted) return has > wanted;
  }
  return true;
}

export function machineFinding(): Finding {
  const gigabytes = (totalmem() / 1e9).toFixed(1);
  return ok("machine", `${platform()} ${release()} ${arch()}, ${availableParallelism()} cores, ${gigabytes} GB memory`);
}

/** Limits of inotify, by which Linux tells of new files. Elsewhere there are none to know. */
export async function fileEventsFinding(): Promise<Finding> {
  if (platform() !== "linux") return ok("file events", "by the system, without limits to set");
  const limits = await Promise.all([inotifyLimit("max_user_watches"), inotifyLimit("max_user_instances")]);
  return inotifyFinding(...limits);
}

export function inotifyFinding(watches: number | null, instances: number | null): Finding {
  const found = `inotify: ${watches ?? "unknown"} watches, ${instances ?? "unknown"} instances`;
  const isEnough = (watches ?? FEW_WATCHES) >= FEW_WATCHES && (instances ?? FEW_INSTANCES) >= FEW_INSTANCES;
  if (isEnough) return ok("file events", found);
  return {
    topic: "file events",
    state: "degraded",
    found: [found, "past these limits a folder is listed every pollMs instead; no frame is lost"],
    remedy: "sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512",
  };
}

async function inotifyLimit(name: string): Promise<number | null> {
  const text = await readFile(`/proc/sys/fs/inotify/${name}`, "utf8").catch(() => null);
  return text === null ? null : Number(text);
}
