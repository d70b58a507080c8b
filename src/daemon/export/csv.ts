/**
 * Results as CSV (RFC 4180, UTF-8, `.` as decimal point): one row a particle.
 *
 * Lengths are in nm (`ecd_nm`) when the pixel size of every frame is known, else in px (`ecd_px`) for all of them, so that a column
 * never mixes units. Which it is shows only after the last frame, so both are written and one is kept.
 *
 * @module
 */
import { PARTICLE_COLUMN_NAMES, particleCount } from "../../stream/base/particles.js";
import type { LengthUnit } from "../../stream/base/units.js";
import { AtomicFile } from "./atomic-file.js";
import { nameIn, snakeCase, valueAt } from "./columns.js";
import type { AnalysedFrame, ResultWriter } from "./results.js";

const FRAME_HEADERS = [
  "file",
  "page",
  "frame_width_px",
  "frame_height_px",
  "pixel_size_nm",
  "background_snr",
  "noise_sigma",
  "nlm_h",
] as const;

/** Begins a CSV file. Raises OutputError when it cannot. */
export async function createCsvWriter(path: string): Promise<ResultWriter> {
  const inPx = await beginTable(path, "px");
  const inNm = await beginTable(path, "nm").catch(async (error: unknown) => {
    await inPx.discard();
    throw error;
  });
  let isAllNm = true;
  return {
    async frame(frame) {
      isAllNm &&= frame.analysis.pixelSizeNm !== null;
      await inPx.append(rowsOf(frame, "px"));
      if (isAllNm) await inNm.append(rowsOf(frame, "nm"));
    },
    async rejected() {
      // A row is a particle: rejected inputs are in the JSON file and on stderr.
    },
    async finish() {
      const [kept, other] = isAllNm ? [inNm, inPx] : [inPx, inNm];
      await other.discard();
      await kept.commit();
    },
    async discard() {
      await Promise.all([inPx.discard(), inNm.discard()]);
    },
  };
}

async function beginTable(path: string, unit: LengthUnit): Promise<AtomicFile> {
  const file = await AtomicFile.create(path, `.${unit}`);
  await file.append(csvLine(csvHeaders(unit)));
  return file;
}

/** The column names of a file whose lengths are in `unit`. */
export function csvHeaders(unit: LengthUnit): readonly string[] {
  return [...FRAME_HEADERS, ...PARTICLE_COLUMN_NAMES.map((name) => snakeCase(nameIn(unit, name)))];
}

/** One line with its end; values that hold separators or quotes are quoted, `null` is an empty cell. */
export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(csvCell).join(",")}\n`;
}

function csvCell(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function rowsOf({ file, page, analysis }: AnalysedFrame, unit: LengthUnit): string {
  const { widthPx, heightPx, pixelSizeNm, statistics, noise, nlmH, particles } = analysis;
  const ofFrame = [widthPx, heightPx, pixelSizeNm, statistics.backgroundSnr, noise?.sigma ?? null, nlmH];
  const scale = unit === "nm" ? pixelSizeNm : null;
  const lines: string[] = [];
  for (let row = 0; row < particleCount(particles); row++) {
    const values = PARTICLE_COLUMN_NAMES.map((name) => valueAt(particles, name, row, scale));
    lines.push(csvLine([file, page, ...ofFrame, ...values]));
  }
  return lines.join("");
}
