/**
 * A run as JSON: what it was made with, and every frame with its statistics and one record a particle.
 *
 * @module
 */
import type { PixelSizeNm } from "../../../stream/base/units.js";
import type { FrameRow } from "../../ledger/records.js";
import { AtomicFile } from "../atomic-file.js";
import { particleRecords } from "../json.js";
import type { RunFile, RunFileOptions } from "./run-file.js";

/** Version of the file's layout; a change that breaks a reader raises it. */
export const RUN_JSON_VERSION = 1;

/** Begins a JSON file. Raises OutputError when it cannot. */
export async function createRunJson({ path, provenance }: RunFileOptions): Promise<RunFile> {
  const file = await AtomicFile.create(path);
  await file.append(`{"formatVersion":${RUN_JSON_VERSION},\n"provenance":${JSON.stringify(provenance)},\n"frames":[`);
  let separator = "\n";
  return {
    async frame(frame) {
      await file.append(separator + JSON.stringify(frameRecord(frame)));
      separator = ",\n";
    },
    async finish() {
      await file.append("\n]}\n");
      await file.commit();
    },
    discard: () => file.discard(),
  };
}

/** The event without its intensity histograms, which are of the picture and not of the particles. */
function frameRecord({ event, computing, degraded, particles, outlines }: FrameRow): object {
  if (event.op !== "frame") return event;
  const { intensity: _, ...rest } = event;
  const pixelSizeNm = event.pixelSizeNm as PixelSizeNm | null;
  const records = particles === null ? [] : particleRecords(particles, pixelSizeNm, outlines);
  return { ...rest, computing, degraded, particles: records };
}
