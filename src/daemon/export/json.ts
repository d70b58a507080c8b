/**
 * Results as JSON: provenance, every frame with its statistics and one record a particle, every rejected input.
 *
 * Lengths are in px; where the pixel size of a frame is known, its particles carry them in nm as well (`ecdPx` and `ecdNm`).
 *
 * @module
 */
import type { Outlines, ParticleTable } from "../../stream/base/particles.js";
import { PARTICLE_COLUMN_NAMES, particleCount } from "../../stream/base/particles.js";
import type { PixelSizeNm } from "../../stream/base/units.js";
import { AtomicFile } from "./atomic-file.js";
import { LENGTH_COLUMN_NAMES, nameIn, valueAt } from "./columns.js";
import type { AnalysedFrame, Provenance, RejectedInput, ResultWriter } from "./results.js";

/** Version of the file's layout; a change that breaks a reader raises it. */
export const JSON_RESULTS_VERSION = 1;

export interface JsonOptions {
  readonly path: string;
  readonly provenance: Provenance;
  /** Whether each particle carries its outline, in frame px. */
  readonly outlines: boolean;
}

/** Begins a JSON file. Raises OutputError when it cannot. */
export async function createJsonWriter({ path, provenance, outlines }: JsonOptions): Promise<ResultWriter> {
  const file = await AtomicFile.create(path);
  await file.append(
    `{"formatVersion":${JSON_RESULTS_VERSION},\n"provenance":${JSON.stringify(provenance)},\n"frames":[`,
  );
  const rejected: RejectedInput[] = [];
  let separator = "\n";
  return {
    async frame(frame) {
      await file.append(separator + JSON.stringify(frameRecord(frame, outlines)));
      separator = ",\n";
    },
    async rejected(input) {
      rejected.push(input);
    },
    async finish() {
      await file.append(`\n],\n"rejected":${JSON.stringify(rejected)}}\n`);
      await file.commit();
    },
    discard: () => file.discard(),
  };
}

function frameRecord({ file, page, analysis }: AnalysedFrame, withOutlines: boolean): object {
  const { widthPx, heightPx, pixelSizeNm, acquiredAtMs, statistics, noise, nlmH, particles } = analysis;
  const outlines = withOutlines ? analysis.outlines : null;
  return {
    file,
    page,
    widthPx,
    heightPx,
    pixelSizeNm,
    acquiredAtMs,
    statistics,
    noise,
    nlmH,
    particles: particleRecords(particles, pixelSizeNm, outlines),
  };
}

/** One record a particle, lengths in px and, where the pixel size is known, in nm as well. */
export function particleRecords(
  table: ParticleTable,
  pixelSizeNm: PixelSizeNm | null,
  outlines: Outlines | null,
): object[] {
  return Array.from({ length: particleCount(table) }, (_, row) => {
    const inPx = PARTICLE_COLUMN_NAMES.map((name) => [name, valueAt(table, name, row)]);
    const inNm =
      pixelSizeNm === null
        ? []
        : LENGTH_COLUMN_NAMES.map((name) => [nameIn("nm", name), valueAt(table, name, row, pixelSizeNm)]);
    return {
      ...Object.fromEntries([...inPx, ...inNm]),
      touchesBorder: table.touchesBorder[row] === 1,
      ...(outlines === null ? {} : { outlinePx: outlinePoints(outlines, row) }),
    };
  });
}

/** Points `[x, y]` of an outline to a thousandth of a pixel, finer than any mask. */
function outlinePoints({ offsets, xyPx }: Outlines, row: number): (readonly [number, number])[] {
  const first = offsets[row] ?? 0;
  const end = offsets[row + 1] ?? first;
  const coordinate = (index: number): number => Math.round((xyPx[index] ?? 0) * 1000) / 1000;
  return Array.from({ length: end - first }, (_, i) => [coordinate(2 * (first + i)), coordinate(2 * (first + i) + 1)]);
}
