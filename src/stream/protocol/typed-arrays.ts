/**
 * The typed arrays of the messages: which fields are one, their code in msgpack, and their form in JSON.
 *
 * @module
 */
import { PARTICLE_COLUMN_NAMES, PARTICLE_COLUMNS } from "../base/particles.js";

/** Element types on the wire, with the code that msgpack's extension carries and the bytes of an element. */
export const ARRAY_ELEMENTS = {
  u8: { code: 1, bytes: 1, array: Uint8Array },
  u32: { code: 6, bytes: 4, array: Uint32Array },
  f32: { code: 7, bytes: 4, array: Float32Array },
} as const;
export type ArrayElement = keyof typeof ARRAY_ELEMENTS;

/** MessagePack extension type of a typed array, the letter `t`. */
export const TYPED_ARRAY_EXTENSION = 0x74;

/** Fields that are typed arrays, by name: a name means the same in every message, which a test holds against the schemas. */
export const ARRAY_FIELDS: ReadonlyMap<string, ArrayElement> = new Map<string, ArrayElement>([
  ...PARTICLE_COLUMN_NAMES.map((name) => [name, PARTICLE_COLUMNS[name].array] as const),
  ["raw", "u32"],
  ["filtered", "u32"],
  ["pixels", "u8"],
  ["rawLevels", "u8"],
  ["filteredLevels", "u8"],
  ["offsets", "u32"],
  ["xyPx", "f32"],
]);

/** `value` with arrays of numbers in place of typed arrays. NaN and infinities become `null`, JSON has no word for them. */
export function withPlainArrays(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
  return mapped(value, (_name, field) => withPlainArrays(field));
}

/** The inverse of {@link withPlainArrays}: `null` becomes NaN. What is not an array of numbers is left for the schema to refuse. */
export function withTypedArrays(value: unknown): unknown {
  return mapped(value, (name, field) => {
    const element = ARRAY_FIELDS.get(name);
    return element !== undefined && isNumbers(field)
      ? ARRAY_ELEMENTS[element].array.from(field.map((number) => number ?? Number.NaN))
      : withTypedArrays(field);
  });
}

/** `value` with each field replaced, where it is an object or an array of objects; arrays of numbers are left alone. */
function mapped(value: unknown, replace: (name: string, field: unknown) => unknown): unknown {
  if (Array.isArray(value)) return typeof value[0] === "object" ? value.map((item) => mapped(item, replace)) : value;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, replace(name, field)]));
}

function isNumbers(value: unknown): value is readonly (number | null)[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number" || item === null);
}
