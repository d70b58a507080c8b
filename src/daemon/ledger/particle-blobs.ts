/**
 * A frame's particle table as two blobs: what size queries read, and everything else.
 *
 * @module
 */
import type { ParticleColumnName, ParticleTable } from "../../stream/base/particles.js";
import {
  createParticleTable,
  PARTICLE_COLUMN_NAMES,
  PARTICLE_COLUMNS,
  particleCount,
} from "../../stream/base/particles.js";

/** Columns of the blob that a query over a whole run reads: 5 bytes a particle instead of 58. */
const SIZE_COLUMNS: readonly ParticleColumnName[] = ["ecdPx", "touchesBorder"];
const OTHER_COLUMNS = PARTICLE_COLUMN_NAMES.filter((name) => !SIZE_COLUMNS.includes(name));

const ELEMENT_BYTES = { u8: 1, u32: 4, f32: 4 } as const;
type Element = keyof typeof ELEMENT_BYTES;

/** Which columns lie in a blob, in their order. Kept with the blobs, so that a later version can add a descriptor. */
export type Layout = readonly (readonly [name: string, element: Element])[];

/** The layout that this version writes. */
export const DESCRIPTOR_LAYOUT: Layout = OTHER_COLUMNS.map((name) => [name, PARTICLE_COLUMNS[name].array]);

/** ECD (f32) of every particle, then whether it touches the border (u8). Little-endian, as every platform that Node runs on. */
export function packSizes(table: ParticleTable): Uint8Array {
  return packed(table, SIZE_COLUMNS);
}

/** All other columns, one after the other, as {@link DESCRIPTOR_LAYOUT} names them. */
export function packDescriptors(table: ParticleTable): Uint8Array {
  return packed(table, OTHER_COLUMNS);
}

/** The sizes of `count` particles; views of `bytes`, which must be aligned. */
function unpackSizes(bytes: Uint8Array<ArrayBuffer>, count: number): Pick<ParticleTable, "ecdPx" | "touchesBorder"> {
  return {
    ecdPx: new Float32Array(bytes.buffer, bytes.byteOffset, count),
    touchesBorder: new Uint8Array(bytes.buffer, bytes.byteOffset + 4 * count, count),
  };
}

/** Where ECDs of many frames are gathered. */
export interface GatheredSizes {
  readonly values: Float32Array;
  length: number;
}

/** Appends the ECDs of a blob of `count` particles, times `scale`, without those cut by the border. `bytes` may lie at any address. */
export function gatherSizes(into: GatheredSizes, bytes: Uint8Array, count: number, scale: number): void {
  const ecdsPx = new DataView(bytes.buffer, bytes.byteOffset, 4 * count);
  for (let i = 0; i < count; i++) {
    if (bytes[4 * count + i] === 0) into.values[into.length++] = ecdsPx.getFloat32(4 * i, true) * scale;
  }
}

export interface ParticleBlobs {
  readonly count: number;
  readonly sizes: Uint8Array<ArrayBuffer>;
  readonly layout: Layout;
  readonly descriptors: Uint8Array<ArrayBuffer>;
}

/** The whole table. Columns that its writer did not know yet are NaN, or 0 where they hold whole numbers. */
export function unpackTable({ count, sizes, layout, descriptors }: ParticleBlobs): ParticleTable {
  const table = createParticleTable(count);
  for (const name of OTHER_COLUMNS) if (PARTICLE_COLUMNS[name].array === "f32") table[name].fill(Number.NaN);
  const { ecdPx, touchesBorder } = unpackSizes(sizes, count);
  table.ecdPx.set(ecdPx);
  table.touchesBorder.set(touchesBorder);
  let offset = 0;
  for (const [name, element] of layout) {
    const length = count * ELEMENT_BYTES[element];
    const column = isColumn(name) && PARTICLE_COLUMNS[name].array === element ? table[name] : undefined;
    if (column !== undefined) bytesOf(column).set(descriptors.subarray(offset, offset + length));
    offset += length;
  }
  return table;
}

function packed(table: ParticleTable, names: readonly ParticleColumnName[]): Uint8Array {
  const count = particleCount(table);
  const lengths = names.map((name) => count * ELEMENT_BYTES[PARTICLE_COLUMNS[name].array]);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let offset = 0;
  for (const [index, name] of names.entries()) {
    bytes.set(bytesOf(table[name]), offset);
    offset += lengths[index] ?? 0;
  }
  return bytes;
}

function bytesOf(column: ArrayBufferView): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

function isColumn(name: string): name is ParticleColumnName {
  return Object.hasOwn(PARTICLE_COLUMNS, name);
}
