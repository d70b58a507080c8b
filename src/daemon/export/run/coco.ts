/**
 * The masks of a run as COCO: an image a frame, an annotation a particle, its mask as run lengths.
 *
 * Frames without outlines are left out: they would look like frames without particles.
 *
 * @module
 */
import type { Outlines } from "../../../stream/base/particles.js";
import { particleCount } from "../../../stream/base/particles.js";
import type { PixelSizeNm } from "../../../stream/base/units.js";
import type { FrameMessage } from "../../../stream/protocol/messages.js";
import type { FrameRow } from "../../ledger/records.js";
import { AtomicFile } from "../atomic-file.js";
import { LENGTH_COLUMN_NAMES, nameIn, snakeCase, valueAt } from "../columns.js";
import { maskRle } from "./mask-rle.js";
import type { RunFile, RunFileOptions } from "./run-file.js";

const CATEGORY = { id: 1, name: "particle", supercategory: "particle" } as const;

/** Begins a COCO file. Raises OutputError when it cannot. */
export async function createRunCoco({ path, provenance }: RunFileOptions): Promise<RunFile> {
  const file = await AtomicFile.create(path);
  const description = `Particles recognised by Ostwald, ${provenance.run.name}`;
  const info = { description, version: provenance.exportedBy, date_created: provenance.exportedAt, provenance };
  await file.append(
    `{"info":${JSON.stringify(info)},\n"licenses":[],\n"categories":[${JSON.stringify(CATEGORY)}],\n"annotations":[`,
  );
  const images: object[] = [];
  let annotations = 0;
  return {
    async frame({ event, particles, outlines }) {
      if (event.op !== "frame" || particles === null || outlines === null) return;
      images.push(imageOf(event));
      const records = Array.from({ length: particleCount(particles) }, (_, row) =>
        annotationOf({ event, particles, outlines, row, id: annotations + row + 1 }),
      );
      const separator = annotations === 0 ? "\n" : ",\n";
      annotations += records.length;
      if (records.length > 0)
        await file.append(separator + records.map((record) => JSON.stringify(record)).join(",\n"));
    },
    async finish() {
      await file.append(`\n],\n"images":${JSON.stringify(images)}}\n`);
      await file.commit();
    },
    discard: () => file.discard(),
  };
}

function imageOf({ seq, label, widthPx, heightPx, receivedAtMs, pixelSizeNm }: FrameMessage): object {
  const image = { id: seq, file_name: label, width: widthPx, height: heightPx };
  return { ...image, date_captured: new Date(receivedAtMs).toISOString(), pixel_size_nm: pixelSizeNm };
}

interface Annotated {
  readonly event: FrameMessage;
  readonly particles: NonNullable<FrameRow["particles"]>;
  readonly outlines: Outlines;
  readonly row: number;
  readonly id: number;
}

function annotationOf({ event, particles, outlines, row, id }: Annotated): object {
  const xyPx = outlines.xyPx.subarray(2 * (outlines.offsets[row] ?? 0), 2 * (outlines.offsets[row + 1] ?? 0));
  const pixelSizeNm = event.pixelSizeNm as PixelSizeNm | null;
  const unit = pixelSizeNm === null ? "px" : "nm";
  const lengths = LENGTH_COLUMN_NAMES.map((name) => [
    snakeCase(nameIn(unit, name)),
    valueAt(particles, name, row, pixelSizeNm),
  ]);
  return {
    id,
    image_id: event.seq,
    category_id: CATEGORY.id,
    iscrowd: 0,
    segmentation: maskRle(xyPx, event.widthPx, event.heightPx),
    area: valueAt(particles, "areaPx2", row),
    bbox: boxOf(xyPx),
    score: valueAt(particles, "score", row),
    touches_border: particles.touchesBorder[row] === 1,
    ...Object.fromEntries(lengths),
  };
}

/** x, y, width, height in px, as COCO has it. */
function boxOf(xyPx: Float32Array): readonly number[] {
  const xs = xyPx.filter((_, index) => index % 2 === 0);
  const ys = xyPx.filter((_, index) => index % 2 === 1);
  if (xs.length === 0) return [0, 0, 0, 0];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [left, top, Math.max(...xs) - left, Math.max(...ys) - top].map((value) => Math.round(value * 1000) / 1000);
}
