/**
 * Reading large frames: from a file in the page cache to pixels, as the analyzer does it.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openImage } from "../src/stream/decode/resolve.ts";
import { openFrameFile } from "../src/stream/source/folder/frame-file.ts";
import { encodeTiff } from "../src/stream/source/simulated/encode-tiff.ts";
import { PYTHON } from "./python.ts";
import type { Row } from "./report.ts";
import { median, row, spread } from "./report.ts";

const EDGE_PX = 4_096;
const MEGABYTES = (EDGE_PX * EDGE_PX * 2) / 1e6;
const ROUNDS = 15;
const WARM_UP_ROUNDS = 3;
const PEERS = fileURLToPath(new URL("./peers/read_frames.py", import.meta.url));

interface Case {
  readonly name: string;
  readonly file: string;
  readonly bytes: Uint8Array;
}

export async function decodeBench(): Promise<readonly Row[]> {
  const dir = await mkdtemp(join(tmpdir(), "ostwald-bench-"));
  try {
    const cases = casesIn(dir);
    for (const { file, bytes } of cases) await writeFile(file, bytes);
    const rows: Row[] = [];
    for (const each of cases) rows.push(rowOf(each, await rates(each.file), await peerRates(each.file)));
    return rows;
  } finally {
    await rm(dir, { recursive: true });
  }
}

function casesIn(dir: string): readonly Case[] {
  const pixels = Uint16Array.from({ length: EDGE_PX * EDGE_PX }, (_, i) => (i * 2_654_435_761) >>> 17);
  const frame = { widthPx: EDGE_PX, heightPx: EDGE_PX, pixels, pixelSizeNm: null, acquiredAtMs: null };
  return [
    { name: "TIFF, 16 bit unsigned", file: join(dir, "u16.tif"), bytes: encodeTiff(frame) },
    { name: "MRC, 16 bit unsigned (mode 6)", file: join(dir, "mode6.mrc"), bytes: mrcFile(pixels, 6) },
    { name: "MRC, 16 bit signed (mode 1)", file: join(dir, "mode1.mrc"), bytes: mrcFile(pixels, 1) },
  ];
}

function mrcFile(pixels: Uint16Array, mode: number): Uint8Array {
  const header = Buffer.alloc(1_024);
  for (const [i, value] of [EDGE_PX, EDGE_PX, 1, mode].entries()) header.writeInt32LE(value, 4 * i);
  for (const [i, value] of [1, 2, 3].entries()) header.writeInt32LE(value, 64 + 4 * i);
  header.write("MAP DD", 208);
  return Buffer.concat([header, new Uint8Array(pixels.buffer)]);
}

/** MB/s of each round. */
async function rates(path: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const startMs = performance.now();
    const file = await openFrameFile(path);
    await (await openImage(file.source)).decode(0);
    await file.close();
    if (round >= WARM_UP_ROUNDS) found.push((1000 * MEGABYTES) / (performance.now() - startMs));
  }
  return found;
}

function rowOf({ name }: Case, found: readonly number[], peers: string): Row {
  return row({
    case: `${name}, ${EDGE_PX} x ${EDGE_PX}`,
    metric: `decode (${spread(found)})`,
    value: median(found),
    unit: "MB/s",
    goal: { relation: ">=", value: 500 },
    peer: peers,
  });
}

/** tifffile, mrcfile and RosettaSciIO on the same file, those that are installed. */
async function peerRates(path: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(PYTHON, [PEERS, path, String(ROUNDS)]);
    const rates = Object.entries(JSON.parse(stdout) as Readonly<Record<string, number>>);
    return rates.map(([library, rate]) => `${library} ${rate.toFixed(0)} MB/s`).join(", ") || "no peer installed";
  } catch {
    return "no peer (python3 with tifffile, mrcfile, rosettasciio)";
  }
}
