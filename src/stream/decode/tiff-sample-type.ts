/**
 * The type of a TIFF page's samples.
 *
 * @module
 */
import { unsupported } from "./refusals.js";
import { readNumber, readNumbers, type TiffDirectory, type TiffFile } from "./tiff-directory.js";

const TAG = { bitsPerSample: 258, fillOrder: 266, sampleFormat: 339 } as const;

/**
 * Sample types by SampleFormat (1 unsigned, 2 signed, 3 IEEE float, 4 undefined, taken as unsigned) and bits. Half floats and 64 bit integers
 * are kept as what has their size until they are pixels: {@link SampleMeaning}.
 */
const SAMPLE_TYPES = {
  "1/8": Uint8Array,
  "1/16": Uint16Array,
  "1/32": Uint32Array,
  "2/8": Int8Array,
  "2/16": Int16Array,
  "2/32": Int32Array,
  "1/64": Float64Array,
  "2/64": Float64Array,
  "3/16": Uint16Array,
  "3/32": Float32Array,
  "3/64": Float64Array,
} as const;
export type SampleType = (typeof SAMPLE_TYPES)[keyof typeof SAMPLE_TYPES];

/** Samples that are something else than their type says. */
const MEANINGS: Readonly<Record<string, SampleMeaning>> = { "1/64": "u64", "2/64": "i64", "3/16": "f16" };
export type SampleMeaning = "plain" | "u64" | "i64" | "f16";

/** Bits of unsigned samples that are packed, the upper bits first, each row from a byte of its own: of cameras of 4, 10, 12 and 14 bit. */
const PACKED: Readonly<Record<number, SampleType>> = {
  4: Uint8Array,
  10: Uint16Array,
  12: Uint16Array,
  14: Uint16Array,
};

export interface StatedSamples {
  readonly sampleType: SampleType;
  readonly meaning: SampleMeaning;
  /** Bits of a packed sample, which {@link sampleType} holds unpacked; `null` where samples are whole bytes. */
  readonly packedBits: number | null;
}

/** Raises FrameRejectedError `unsupported`, `corrupt`. */
export async function readSampleType(file: TiffFile, directory: TiffDirectory): Promise<StatedSamples> {
  const bits = await readNumbers(file, directory, TAG.bitsPerSample);
  const formats = await readNumbers(file, directory, TAG.sampleFormat);
  const first = bits[0] ?? 1;
  const format = formats[0] ?? 1;
  const isUniform = bits.every((value) => value === first) && formats.every((value) => value === format);
  const packed = PACKED[first];
  const isPacked = packed !== undefined && isUniform && format !== 2 && format !== 3;
  if (isPacked && (await readNumber(file, directory, TAG.fillOrder, 1)) === 1)
    return { sampleType: packed, meaning: "plain", packedBits: first };
  const key = `${format === 4 ? 1 : format}/${first}`;
  if (!isUniform || !isSampleTypeKey(key)) {
    throw unsupported(
      `TIFF samples of ${bits.join(", ") || first} bits in sample format ${format}`,
      "integers of 4, 8, 10, 12, 14, 16, 32 or 64 bits, or floats of 16, 32 or 64",
    );
  }
  return { sampleType: SAMPLE_TYPES[key], meaning: MEANINGS[key] ?? "plain", packedBits: null };
}

function isSampleTypeKey(key: string): key is keyof typeof SAMPLE_TYPES {
  return key in SAMPLE_TYPES;
}
