/**
 * The HDF5 library (h5wasm), and no more of it than reading images takes. The only file that imports it.
 *
 * It runs in a memory of its own, sees no other file than the one it is given, and cannot grow beyond a limit.
 *
 * @module
 */
import "./quiet.js";
import { readSync } from "node:fs";
import h5wasm from "h5wasm";
import { checkSampleBytes, corrupt, tooLarge, unsupported } from "../refusals.js";
import type { SampleKind } from "../samples.js";
import type { Hdf5Place } from "./messages.js";

/** Most memory the library may have, bytes: the samples of the largest frame, a chunk of them, and as much again. */
const MEMORY_LIMIT_BYTES = 1_073_741_824;
const PAGE_BYTES = 65_536;
/** Largest attribute or text that is read, bytes. */
const VALUE_LIMIT_BYTES = 4_194_304;
/** Filters that the library has: deflate, shuffle, Fletcher32, szip, n-bit, scale-offset. */
const BUILT_IN_FILTERS = 6;
/** Name of the file within the library's own file system. */
const NAME = "/frame.h5";

/** A memory of WebAssembly. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(this: WasmMemory, pages: number): number;
}

/** The part of the global that is used here; the libraries for Node do not declare it. */
declare const WebAssembly: { readonly Memory: { readonly prototype: WasmMemory } };

/** What is known about a dataset without reading it. */
export interface DatasetInfo {
  readonly path: string;
  readonly shape: readonly number[];
  /** `null` for what is no real number: texts, records, complex numbers. */
  readonly kind: SampleKind | null;
  readonly isComplex: boolean;
}

/** A block of a dataset. */
export interface Slab {
  readonly offset: readonly number[];
  readonly count: readonly number[];
}

const library = await loadLibrary();

async function loadLibrary(): Promise<Awaited<typeof h5wasm.ready>> {
  // Its memory is made by the package itself, up to 2 GiB; this is where it can be told to stop earlier.
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function growWithin(pages) {
    const isWithin = this.buffer.byteLength + pages * PAGE_BYTES <= MEMORY_LIMIT_BYTES;
    if (!isWithin) throw new RangeError("the limit of the HDF5 library's memory");
    return grow.call(this, pages);
  };
  return h5wasm.ready;
}

/** Memory that the library holds, bytes. It never shrinks. */
export function libraryMemoryBytes(): number {
  return library.HEAPU8.length;
}

/** A file that is open in the library. Close it. */
export class Hdf5File {
  readonly #file: InstanceType<typeof h5wasm.File>;

  constructor(place: Hdf5Place) {
    provide(place);
    try {
      this.#file = new h5wasm.File(NAME, "r");
    } catch (error) {
      library.FS.unlink(NAME);
      throw corrupt("an HDF5 file that does not open", "one that its writer has closed", error);
    }
  }

  close(): void {
    this.#file.close();
    library.FS.unlink(NAME);
  }

  /** Names in a group; none where it is none. */
  names(group: string): readonly string[] {
    const found = this.#get(group);
    return found instanceof h5wasm.Group ? found.keys() : [];
  }

  isGroup(path: string): boolean {
    return this.#get(path) instanceof h5wasm.Group;
  }

  /** A dataset, or `null` where the path leads to none. */
  dataset(path: string): DatasetInfo | null {
    const found = this.#get(path);
    if (!(found instanceof h5wasm.Dataset)) return null;
    const { metadata } = found;
    return {
      path,
      shape: metadata.shape ?? [],
      kind: kindOf(metadata),
      isComplex: metadata.type === library.H5T_class_t.H5T_COMPOUND.value,
    };
  }

  /** An attribute of one number or text, true as 1, else `null`. */
  attribute(path: string, name: string): number | string | null {
    const found = this.#get(path);
    if (!(found instanceof h5wasm.Group || found instanceof h5wasm.Dataset)) return null;
    const attribute = found.attrs[name];
    if (attribute === undefined) return null;
    const { metadata } = attribute;
    if (metadata.size * metadata.total_size > VALUE_LIMIT_BYTES) return null;
    return oneValue(attribute.value);
  }

  /**
   * A block of samples, little-endian, in the order of the file. Raises FrameRejectedError for what is too large, or stored in a way that
   * the library does not have.
   */
  read(path: string, { offset, count }: Slab): Uint8Array<ArrayBuffer> {
    const found = this.#get(path);
    if (!(found instanceof h5wasm.Dataset)) throw corrupt(`no dataset ${path}`, "one that is there");
    const { metadata, filters } = found;
    const bytes = count.reduce((product, size) => product * size, metadata.size);
    checkStorage(metadata, filters);
    checkSampleBytes(bytes);
    const pointer = library._malloc(Math.max(1, bytes));
    if (pointer === 0) throw tooLarge(`${bytes} bytes of samples`, "what fits into the HDF5 library's memory");
    try {
      const big = (values: readonly number[]) => values.map((value) => BigInt(value));
      const strides = count.map(() => 1n);
      const status = library.get_dataset_data(found.file_id, path, big(count), big(offset), strides, BigInt(pointer));
      if (status < 0) throw corrupt(`samples of ${path} that cannot be read`, "what its filters decode");
      return library.HEAPU8.slice(pointer, pointer + bytes);
    } finally {
      library._free(pointer);
    }
  }

  /** All numbers of a small dataset. */
  numbers(path: string): readonly number[] {
    const found = this.#get(path);
    if (!(found instanceof h5wasm.Dataset)) return [];
    const { metadata, filters } = found;
    if (kindOf(metadata) === null || metadata.size * metadata.total_size > VALUE_LIMIT_BYTES) return [];
    checkStorage(metadata, filters);
    const { value } = found;
    return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value, Number) : [];
  }

  #get(path: string): unknown {
    return path === "/" ? this.#file : this.#file.get(path);
  }
}

/** Puts the file where the library looks for it. One that is open in this process is read piece by piece, as the library asks. */
function provide(place: Hdf5Place): void {
  const { FS } = library;
  FS.writeFile(NAME, place.kind === "bytes" ? place.bytes : new Uint8Array(0));
  if (place.kind === "bytes") return;
  const { descriptor, sizeBytes } = place;
  const node: unknown = FS.lookupPath(NAME, {}).node;
  if (typeof node !== "object" || node === null || !("stream_ops" in node)) throw new Error("h5wasm has no stream_ops");
  const read = (_stream: unknown, target: Uint8Array, at: number, length: number, position: number) =>
    readSync(descriptor, target, at, Math.max(0, Math.min(length, sizeBytes - position)), position);
  Object.assign(node, { usedBytes: sizeBytes, stream_ops: { ...Object(node.stream_ops), read } });
}

type Metadata = InstanceType<typeof h5wasm.Dataset>["metadata"];
type Filters = InstanceType<typeof h5wasm.Dataset>["filters"];

function kindOf({ type, size, signed, vlen, enum_type: members }: Metadata): SampleKind | null {
  const { H5T_INTEGER, H5T_FLOAT, H5T_ENUM, H5T_BITFIELD } = library.H5T_class_t;
  if (vlen) return null;
  if (type === H5T_ENUM.value) return size === 1 && members !== undefined ? "bool" : null;
  if (type === H5T_BITFIELD.value) return size === 1 ? "bool" : null;
  if (type === H5T_FLOAT.value) return ({ 2: "f16", 4: "f32", 8: "f64" } as const)[size] ?? null;
  if (type !== H5T_INTEGER.value) return null;
  const kinds = { 1: ["u8", "i8"], 2: ["u16", "i16"], 4: ["u32", "i32"], 8: ["u64", "i64"] } as const;
  return kinds[size as keyof typeof kinds]?.[signed ? 1 : 0] ?? null;
}

/** Chunks are decoded whole: one that is larger than a frame may be is refused before any of it is read. */
function checkStorage({ chunks, size, virtual_sources: sources }: Metadata, filters: Filters): void {
  if (sources !== undefined && sources.length > 0)
    throw unsupported("an HDF5 dataset whose samples are in other files", "samples in the file itself");
  if (chunks !== null) checkSampleBytes(chunks.reduce((product, edge) => product * edge, size));
  const foreign = filters.find(({ id }) => id > BUILT_IN_FILTERS);
  if (foreign !== undefined) {
    throw unsupported(
      `an HDF5 dataset with filter ${foreign.id} (${foreign.name.slice(0, 80)})`,
      "no filter, or deflate, shuffle, szip, n-bit, scale-offset",
    );
  }
}

function oneValue(value: unknown): number | string | null {
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  if (Array.isArray(value)) return value.length === 1 ? oneValue(value[0]) : null;
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return null;
  const numbers: ArrayLike<number | bigint> = value as unknown as ArrayLike<number | bigint>;
  return numbers.length === 1 ? Number(numbers[0]) : null;
}
