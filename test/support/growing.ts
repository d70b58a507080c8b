/**
 * Series as their writers append to them: a header, page after page, and what is written over at the beginning meanwhile.
 *
 * @module
 */
import { open, readFile } from "node:fs/promises";
import { TIFF_HEADER, tiffFile } from "./decode.js";
import { pause } from "./waiting.js";

const EDGE_PX = 64;

/** Bytes at a place in the file. */
interface Piece {
  readonly at: number;
  readonly bytes: Buffer;
}

/** A series of a format: its file with `pages` pages of `planned`, as pieces. Page `i` begins with the grey level `i + 1`. */
export interface GrowingFormat {
  readonly name: string;
  begin(planned: number): Promise<readonly Piece[]> | readonly Piece[];
  /** The data of page `i`. */
  page(i: number, planned: number): Piece;
  /** What is updated once page `i` is there. */
  after(i: number, planned: number): readonly Piece[];
}

function pixels(i: number): Buffer {
  return Buffer.from(
    Uint8Array.from({ length: EDGE_PX * EDGE_PX }, (_, at) => (at === 0 ? i + 1 : 50 + ((at * 7 + i) % 200))),
  );
}

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

/** MRC: `count` says what the header counts once `written` pages of `planned` are there. */
function mrc(name: string, count: (written: number, planned: number) => number): GrowingFormat {
  return {
    name: `MRC whose header counts ${name}`,
    begin: (planned) => {
      const header = Buffer.alloc(1_024);
      for (const [i, value] of [EDGE_PX, EDGE_PX, count(0, planned), 0].entries()) header.writeInt32LE(value, 4 * i);
      for (const [i, value] of [1, 2, 3].entries()) header.writeInt32LE(value, 64 + 4 * i);
      header.write("MAP DD", 208);
      return [{ at: 0, bytes: header }];
    },
    page: (i) => ({ at: 1_024 + i * EDGE_PX * EDGE_PX, bytes: pixels(i) }),
    after: (i, planned) => [{ at: 8, bytes: int32(count(i + 1, planned)) }],
  };
}

const TABLE_AT = 34;
const ELEMENT_BYTES = 50;

const ser: GrowingFormat = {
  name: "SER",
  begin: (planned) => {
    const header = Buffer.alloc(TABLE_AT + 16 * planned);
    header.write("4949970120022241000052410000", "hex");
    header.writeUInt16LE(0x0220, 4);
    header.writeUInt32LE(0x4122, 6);
    header.writeUInt32LE(0x4152, 10);
    header.writeUInt32LE(planned, 14);
    header.writeUInt32LE(TABLE_AT, 22);
    return [{ at: 0, bytes: header }];
  },
  page: (i, planned) => {
    const header = Buffer.alloc(ELEMENT_BYTES);
    header.writeDoubleLE(1e-9, 8);
    header.writeDoubleLE(1e-9, 28);
    header.writeUInt16LE(1, 40);
    header.writeInt32LE(EDGE_PX, 42);
    header.writeInt32LE(EDGE_PX, 46);
    const bytes = Buffer.concat([header, pixels(i)]);
    return { at: TABLE_AT + 16 * planned + i * bytes.length, bytes };
  },
  after: (i, planned) => [
    { at: TABLE_AT + 8 * i, bytes: int32(ser.page(i, planned).at) },
    { at: 18, bytes: int32(i + 1) },
  ],
};

/** Its next-page offsets are written when the page is there. */
const tiff: GrowingFormat = {
  name: "TIFF",
  begin: () => [{ at: 0, bytes: TIFF_HEADER }],
  page: (i) => {
    const whole = tiffFile(
      Array.from({ length: i + 1 }, () => 1),
      EDGE_PX,
    );
    const pageBytes = (whole.length - TIFF_HEADER.length) / (i + 1);
    const at = TIFF_HEADER.length + i * pageBytes;
    return { at, bytes: Buffer.concat([whole.subarray(at, whole.length - EDGE_PX * EDGE_PX), pixels(i)]) };
  },
  after: (i) => {
    if (i === 0) return [];
    const before = tiff.page(i - 1, 0);
    return [{ at: before.at + before.bytes.length - EDGE_PX * EDGE_PX - 4, bytes: int32(tiff.page(i, 0).at) }];
  },
};

const MIB_HEADER = await readFile(new URL("../unit/decode/fixtures/instruments/u16.mib", import.meta.url)).then(
  (bytes) => bytes.subarray(0, 384),
);
const MIB_PIXELS =
  Number(MIB_HEADER.toString("latin1").split(",")[4]) * Number(MIB_HEADER.toString("latin1").split(",")[5]);

/** Merlin's rows run from the bottom: the first pixel of the frame is the first of the last row. */
const mib: GrowingFormat = {
  name: "MIB",
  begin: () => [],
  page: (i) => {
    const data = Buffer.alloc(2 * MIB_PIXELS);
    for (let at = 0; at < MIB_PIXELS; at++) data.writeUInt16BE(at === 0 ? i + 1 : 50 + ((at * 7 + i) % 200), 2 * at);
    return { at: i * (MIB_HEADER.length + data.length), bytes: Buffer.concat([MIB_HEADER, data]) };
  },
  after: () => [],
};

export const GROWING_FORMATS: readonly GrowingFormat[] = [
  mrc("what is planned", (_, planned) => planned),
  mrc("none until the end", (written, planned) => (written === planned ? planned : 0)),
  mrc("one until the end", (written, planned) => (written === planned ? planned : 1)),
  mrc("what is there", (written) => written),
  ser,
  tiff,
  mib,
];

export interface Writing {
  readonly planned: number;
  readonly from?: number;
  readonly to?: number;
  readonly pauseMs: number;
  /** Whether the writer ends in the middle of page `to`. */
  readonly endsHalfWay?: boolean;
}

/** Appends pages `from` up to `to` to a file, each in two pieces, with pauses. */
export async function appendPages(path: string, format: GrowingFormat, writing: Writing): Promise<void> {
  const { planned, from = 0, to = planned, pauseMs, endsHalfWay = false } = writing;
  const file = await open(path, from === 0 ? "w" : "r+");
  const put = async ({ at, bytes }: Piece) => void (await file.write(bytes, 0, bytes.length, at));
  if (from === 0) for (const piece of await format.begin(planned)) await put(piece);
  for (let i = from; i < to; i++) {
    const { at, bytes } = format.page(i, planned);
    const half = Math.floor(bytes.length / 2);
    await put({ at, bytes: bytes.subarray(0, half) });
    await pause(pauseMs);
    await put({ at: at + half, bytes: bytes.subarray(half) });
    for (const piece of format.after(i, planned)) await put(piece);
    await pause(pauseMs);
  }
  if (endsHalfWay) {
    const { at, bytes } = format.page(to, planned);
    await put({ at, bytes: bytes.subarray(0, Math.floor(bytes.length / 2)) });
  }
  await file.close();
}

/** The whole file. */
export async function wholeFile(format: GrowingFormat, planned: number): Promise<Buffer> {
  const pieces = [...(await format.begin(planned))];
  for (let i = 0; i < planned; i++) pieces.push(format.page(i, planned), ...format.after(i, planned));
  const bytes = Buffer.alloc(Math.max(...pieces.map((piece) => piece.at + piece.bytes.length)));
  for (const piece of pieces) piece.bytes.copy(bytes, piece.at);
  return bytes;
}
