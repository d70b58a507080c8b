/**
 * A microscope that writes TIFFs into a folder: `writer.ts {"dir", "count", "perSecond", "edgePx"}`. Prints how long it took, s.
 *
 * @module
 */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { encodeTiff } from "../../src/stream/source/simulated/encode-tiff.ts";
import { sampleFrame } from "./frame.ts";
import { atPace } from "./pace.ts";

const argsSchema = z.object({
  dir: z.string(),
  count: z.number(),
  /** `null`: as fast as it can. */
  perSecond: z.number().nullable(),
  edgePx: z.number(),
});

const { dir, count, perSecond, edgePx } = argsSchema.parse(JSON.parse(process.argv[2] ?? ""));
const bytes = encodeTiff(sampleFrame(edgePx));

/** Under another name, then renamed, as detector servers do. */
function write(index: number): void {
  const temporary = join(dir, `.frame_${index}.tmp`);
  writeFileSync(temporary, bytes);
  renameSync(temporary, join(dir, `frame_${index}.tif`));
}

const startMs = performance.now();
if (perSecond === null) for (let index = 0; index < count; index++) write(index);
else await atPace(count, perSecond, write);
process.stdout.write(JSON.stringify({ tookS: (performance.now() - startMs) / 1_000 }));
