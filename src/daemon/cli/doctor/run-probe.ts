/**
 * Runs a probe of native libraries in a process of its own, so that a driver that crashes or hangs is reported and not suffered.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { OstwaldError } from "../../../stream/base/errors.js";

/** A driver that needs longer to list its devices hangs, ms. A cold WebGPU start on two cores takes 2 s. */
const PROBE_TIMEOUT_MS = 30_000;
/** Last lines of a probe's stderr that are worth showing. */
const STDERR_LINES = 3;

export type ProbeTopic = "adapters" | "providers";

/** A probe that gave no answer. */
export class ProbeFailedError extends OstwaldError {
  readonly tag = "ProbeFailed";
}

/** What the probe of `topic` says, checked against `schema`. Raises ProbeFailedError when it crashes, hangs or fails. */
export async function runProbe<Schema extends z.ZodType>(topic: ProbeTopic, schema: Schema): Promise<z.infer<Schema>> {
  const entry = fileURLToPath(new URL("./probe.js", import.meta.url));
  const child = spawn(process.execPath, [entry, topic], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PROBE_TIMEOUT_MS,
    // onnxruntime would report its use to Microsoft, and leave files of that in the temporary folder.
    env: { ...process.env, ORT_DISABLE_TELEMETRY: "1" },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code, signal] = await once(child, "close");
  // A library may end badly after it has answered; the answer counts.
  const answer = schema.safeParse(parsedAnswer(stdout));
  if (answer.success) return answer.data;
  throw new ProbeFailedError({
    received: `a probe that ended with ${signal ?? `exit code ${code}`}: ${stderr.trim().split("\n").slice(-STDERR_LINES).join(" | ")}`,
    expected: `an answer about ${topic}`,
    remedy: "Update or remove the driver that the text names.",
  });
}

/** The answer is the last line; libraries print what they like before it. */
function parsedAnswer(stdout: string): unknown {
  try {
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
  } catch {
    return undefined;
  }
}
