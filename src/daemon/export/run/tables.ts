/**
 * A run as two tables: one row a particle, and one row a frame. Every name carries its unit.
 *
 * @module
 */
import type { SizeStatistics } from "../../../stream/base/analysis.js";
import type { ParticleColumnName } from "../../../stream/base/particles.js";
import { PARTICLE_COLUMN_NAMES, PARTICLE_COLUMNS, particleCount } from "../../../stream/base/particles.js";
import type { LengthUnit, PixelSizeNm } from "../../../stream/base/units.js";
import type { FrameMessage } from "../../../stream/protocol/messages.js";
import type { FrameRow } from "../../ledger/records.js";
import { nameIn, snakeCase, valueAt } from "../columns.js";

export const TABLE_NAMES = ["particles", "frames"] as const;
export type TableName = (typeof TABLE_NAMES)[number];

export type Cell = string | number | boolean | null;

/** A column: its name, what it holds, and its value in row `row` of those that a frame gives. */
export interface TableColumn {
  readonly name: string;
  readonly type: "text" | "integer" | "number" | "flag";
  readonly value: (frame: FrameRow, row: number) => Cell;
}

export interface RunTable {
  readonly columns: readonly TableColumn[];
  /** Rows that a frame gives. */
  readonly rows: (frame: FrameRow) => number;
}

/** The table `name` with lengths in `unit`. */
export function runTable(name: TableName, unit: LengthUnit): RunTable {
  return name === "particles" ? particleTable(unit) : frameTable(unit);
}

/** What is known of a frame as a whole, in both tables. */
const IDENTITY: readonly TableColumn[] = [
  { name: "seq", type: "integer", value: ({ event }) => event.seq },
  { name: "source", type: "text", value: ({ event }) => event.source },
  { name: "label", type: "text", value: ({ event }) => event.label },
  { name: "received_at_ms", type: "number", value: ({ event }) => event.receivedAtMs },
  measured("acquired_at_ms", "number", ({ acquiredAtMs }) => acquiredAtMs),
  measured("frame_width_px", "integer", ({ widthPx }) => widthPx),
  measured("frame_height_px", "integer", ({ heightPx }) => heightPx),
  measured("pixel_size_nm", "number", ({ pixelSizeNm }) => pixelSizeNm),
  measured("settings_id", "integer", ({ settingsId }) => settingsId),
  { name: "daemon_version", type: "text", value: ({ computing }) => computing?.daemonVersion ?? null },
  { name: "model_sha256", type: "text", value: ({ computing }) => computing?.model?.sha256 ?? null },
];

/** A column that only analysed frames have. */
function measured(name: string, type: TableColumn["type"], value: (frame: FrameMessage) => Cell): TableColumn {
  return { name, type, value: ({ event }) => (event.op === "frame" ? value(event) : null) };
}

function particleTable(unit: LengthUnit): RunTable {
  return {
    columns: [...IDENTITY, ...PARTICLE_COLUMN_NAMES.map((name) => particleColumn(name, unit))],
    rows: ({ particles }) => (particles === null ? 0 : particleCount(particles)),
  };
}

function particleColumn(name: ParticleColumnName, unit: LengthUnit): TableColumn {
  const isFlag = PARTICLE_COLUMNS[name].array === "u8";
  const isInteger = PARTICLE_COLUMNS[name].array === "u32";
  return {
    name: snakeCase(nameIn(unit, name)),
    type: isFlag ? "flag" : isInteger ? "integer" : "number",
    value: ({ event, particles }, row) => {
      if (particles === null || event.op !== "frame") return null;
      const value = valueAt(particles, name, row, unit === "nm" ? (event.pixelSizeNm as PixelSizeNm | null) : null);
      return isFlag ? value === 1 : value;
    },
  };
}

function frameTable(unit: LengthUnit): RunTable {
  const length = (power: number) => ({ unit, power });
  return {
    columns: [
      ...IDENTITY,
      { name: "outcome", type: "text", value: ({ event }) => (event.op === "frame" ? "committed" : event.op) },
      { name: "reason", type: "text", value: ({ event }) => reasonOf(event) },
      measured("committed_at_ms", "number", ({ committedAtMs }) => committedAtMs),
      { name: "filter", type: "text", value: ({ computing }) => computing?.filter ?? null },
      { name: "segmenter", type: "text", value: ({ computing }) => computing?.segmenter ?? null },
      { name: "degraded", type: "text", value: ({ degraded }) => degraded },
      measured("background_snr", "number", ({ statistics }) => statistics.backgroundSnr),
      measured("noise_sigma", "number", ({ noise }) => noise?.sigma ?? null),
      measured("noise_gain", "number", ({ noise }) => noise?.gain ?? null),
      measured("noise_offset", "number", ({ noise }) => noise?.offset ?? null),
      measured("nlm_h", "number", ({ nlmH }) => nlmH ?? null),
      measured("count", "integer", ({ statistics }) => statistics.count),
      measured("border_count", "integer", ({ statistics }) => statistics.borderCount),
      measured("sized_count", "integer", ({ statistics }) => statistics.sizedCount),
      measured(`number_density_per_${unit}2`, "number", (frame) =>
        scaled(frame.statistics.numberDensity, frame, length(-2)),
      ),
      measured("area_fraction", "number", ({ statistics }) => statistics.areaFraction),
      ...sizeColumns("ecd", length(1)),
      ...sizeColumns("area", length(2)),
    ],
    rows: () => 1,
  };
}

function reasonOf(event: FrameRow["event"]): string | null {
  return event.op === "rejected" ? event.reason : event.op === "dropped" ? event.cause : null;
}

interface Scale {
  readonly unit: LengthUnit;
  /** A length, 1; an area, 2; a number per area, -2. */
  readonly power: number;
}

const SIZES = [
  "mean",
  "standardDeviation",
  "d10",
  "d50",
  "d90",
  "geometricMean",
] as const satisfies readonly (keyof SizeStatistics)[];

function sizeColumns(size: "ecd" | "area", scale: Scale): readonly TableColumn[] {
  const unit = scale.power === 1 ? scale.unit : `${scale.unit}2`;
  return [
    ...SIZES.map((figure) =>
      measured(`${size}_${snakeCase(figure)}_${unit}`, "number", (frame) =>
        scaled(frame.statistics[size][figure], frame, scale),
      ),
    ),
    measured(
      `${size}_geometric_standard_deviation`,
      "number",
      ({ statistics }) => statistics[size].geometricStandardDeviation,
    ),
  ];
}

/** A figure of a frame in the unit of the file: a frame's own is nm where its pixel size is known. */
function scaled(
  value: number | null,
  { statistics, pixelSizeNm }: FrameMessage,
  { unit, power }: Scale,
): number | null {
  if (value === null || statistics.lengthUnit === unit || pixelSizeNm === null) return value;
  return value / pixelSizeNm ** power;
}
