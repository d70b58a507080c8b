/**
 * The particle table: what is known about every particle of one frame, a typed column a quantity.
 *
 * Quantities follow ISO 13322-1 (static image analysis) and ISO 9276-6 (shape descriptors). Lengths are in px of the frame, whose
 * `pixelSizeNm` turns them into nm; that keeps one unit in the table whatever is known about the microscope.
 *
 * @module
 */

/** How a column's values scale with the pixel size `s` in nm/px: by `s^power`. */
export interface ParticleColumn {
  readonly array: "u8" | "u32" | "f32";
  /** Unit of the stored values. */
  readonly unit: "px" | "px2" | "1/px" | "rad" | "1" | "intensity";
  /** Values times `pixelSizeNm ** lengthPower` are in nm, nm2 or 1/nm; 0 leaves them as they are. */
  readonly lengthPower: -1 | 0 | 1 | 2;
  readonly meaning: string;
}

/** Every column, in the order of tables and files. Wire, exports, dashboard and docs are derived from this list. */
export const PARTICLE_COLUMNS = {
  id: { array: "u32", unit: "1", lengthPower: 0, meaning: "number of the particle within its frame, from 1" },
  centroidXPx: {
    array: "f32",
    unit: "px",
    lengthPower: 0,
    meaning: "centroid of the mask, from the left edge of the frame; pixel centres lie at .5",
  },
  centroidYPx: {
    array: "f32",
    unit: "px",
    lengthPower: 0,
    meaning: "centroid of the mask, from the top edge of the frame; pixel centres lie at .5",
  },
  areaPx2: { array: "f32", unit: "px2", lengthPower: 2, meaning: "projected area inside the sub-pixel contour" },
  ecdPx: { array: "f32", unit: "px", lengthPower: 1, meaning: "area-equivalent circular diameter, 2 sqrt(area / pi)" },
  perimeterPx: { array: "f32", unit: "px", lengthPower: 1, meaning: "length of the smoothed sub-pixel contour" },
  feretMaxPx: { array: "f32", unit: "px", lengthPower: 1, meaning: "largest distance between parallel tangents" },
  feretMinPx: { array: "f32", unit: "px", lengthPower: 1, meaning: "smallest distance between parallel tangents" },
  aspectRatio: { array: "f32", unit: "1", lengthPower: 0, meaning: "feretMin / feretMax, 0..1" },
  circularity: { array: "f32", unit: "1", lengthPower: 0, meaning: "sqrt(4 pi area) / perimeter, 0..1 (ISO 9276-6)" },
  solidity: { array: "f32", unit: "1", lengthPower: 0, meaning: "area / area of the convex hull, 0..1" },
  orientationRad: {
    array: "f32",
    unit: "rad",
    lengthPower: 0,
    meaning: "angle of the principal axis to +x, y down, -pi/2..pi/2",
  },
  boundaryAreaRatioPerPx: { array: "f32", unit: "1/px", lengthPower: -1, meaning: "perimeter / area" },
  meanIntensity: {
    array: "f32",
    unit: "intensity",
    lengthPower: 0,
    meaning: "mean of the unfiltered frame inside the mask, in the frame's own intensities",
  },
  score: { array: "f32", unit: "1", lengthPower: 0, meaning: "confidence of the segmenter, 0..1; 1 for threshold" },
  touchesBorder: {
    array: "u8",
    unit: "1",
    lengthPower: 0,
    meaning:
      "1 when the particle is cut by, or less than 1 px from, the edge of the frame, so that its size is not known",
  },
} as const satisfies Readonly<Record<string, ParticleColumn>>;

export type ParticleColumnName = keyof typeof PARTICLE_COLUMNS;

/** The names of {@link PARTICLE_COLUMNS}, typed, in order. */
export const PARTICLE_COLUMN_NAMES = Object.keys(PARTICLE_COLUMNS) as readonly ParticleColumnName[];

interface ArrayOf {
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
}

/** All particles of one frame: columns of equal length, row `i` of each belongs to particle `i`. */
export type ParticleTable = {
  readonly [Name in ParticleColumnName]: ArrayOf[(typeof PARTICLE_COLUMNS)[Name]["array"]];
};

const ARRAY_TYPES = { u8: Uint8Array, u32: Uint32Array, f32: Float32Array } as const;

/** A table of `count` rows, all zero, to be filled by whoever measures. */
export function createParticleTable(count: number): ParticleTable {
  const columns = PARTICLE_COLUMN_NAMES.map((name) => [name, new ARRAY_TYPES[PARTICLE_COLUMNS[name].array](count)]);
  return Object.fromEntries(columns) as ParticleTable;
}

/** Number of particles in a table. */
export function particleCount(table: ParticleTable): number {
  return table.id.length;
}

/**
 * The outlines of a frame's particles at sub-pixel accuracy: closed polygons without a repeated last point.
 *
 * Particle `i` (same order as the table) owns the points `offsets[i]` up to, not including, `offsets[i + 1]`; point `p` is
 * `(xyPx[2 p], xyPx[2 p + 1])` in frame space, where the top left pixel covers 0..1.
 */
export interface Outlines {
  /** `count + 1` point indices, the first 0. */
  readonly offsets: Uint32Array;
  readonly xyPx: Float32Array;
}
