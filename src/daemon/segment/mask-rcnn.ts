/**
 * Recognises particles by a Mask R-CNN.
 *
 * @module
 */
import type { Box, Detection } from "../../stream/base/detection.js";
import type { GreyImage } from "../../stream/base/frame.js";
import { type Candidate, withoutDuplicates } from "./duplicates.js";
import { maskAreaPx, pasted } from "./masks.js";
import { type Model, type ModelOptions, openModel, type TileFindings } from "./model.js";
import { modelInput, type PreparedFrame, prepared } from "./preprocess.js";
import type { Segmenter, SegmentSettings } from "./segmenter.js";
import { isCutBySeam, type TileGrid, type TileOrigin, tileOrigins } from "./tiles.js";

/** A segmenter, and why it does not run on a better provider. */
export interface MaskRcnnSegmenter {
  readonly segmenter: Segmenter;
  readonly notes: readonly string[];
}

/**
 * The segmenter `mask-rcnn`, with the model that a manifest describes. Detections of a frame come in the order of falling score.
 *
 * Raises ModelError where model and manifest do not fit together and ProviderError where a provider asked for by name does not run it.
 */
export async function createMaskRcnnSegmenter(options: ModelOptions): Promise<MaskRcnnSegmenter> {
  const model = await openModel(options);
  let closed: Promise<void> | undefined;
  const segmenter: Segmenter = {
    backend: { segmenter: "mask-rcnn", description: model.description },
    batchLimit: model.manifest.input.shape[0],
    segment: (images, settings) => segmentAll(model, images, settings),
    close: () => {
      closed ??= model.release();
      return closed;
    },
  };
  return { segmenter, notes: model.notes };
}

/** A tile on its way through the model. */
interface TileJob {
  readonly frame: FrameJob;
  readonly origin: TileOrigin;
}

/** A frame on its way through the model, and what its tiles have shown so far. */
interface FrameJob {
  readonly image: GreyImage;
  readonly prepared: PreparedFrame;
  readonly grid: TileGrid;
  readonly candidates: Candidate[];
}

async function segmentAll(
  model: Model,
  images: readonly GreyImage[],
  settings: SegmentSettings,
): Promise<readonly (readonly Detection[])[]> {
  const frames = images.map((image) => frameJob(image, settings, model));
  const tiles = frames.flatMap((frame) => tileOrigins(frame.grid).map((origin): TileJob => ({ frame, origin })));
  const [batch] = model.manifest.input.shape;
  for (let first = 0; first < tiles.length; first += batch) {
    const jobs = tiles.slice(first, first + batch);
    const findings = await model.run(
      jobs.map(({ frame, origin }) => modelInput(frame.prepared.plane, origin, model.manifest)),
    );
    for (const [i, job] of jobs.entries()) job.frame.candidates.push(...candidatesOf(job, findings[i], settings));
  }
  const { sameParticleOverlap } = model.manifest.thresholds;
  return frames.map(({ candidates }) =>
    withoutDuplicates(candidates, sameParticleOverlap)
      .map(({ mask, box, score }) => ({ mask, box, score }))
      .sort((a, b) => b.score - a.score),
  );
}

function frameJob(image: GreyImage, { polarity }: SegmentSettings, { manifest }: Model): FrameJob {
  const frame = prepared(image, polarity, manifest);
  const [, , tileHeightPx, tileWidthPx] = manifest.input.shape;
  const grid = {
    frameWidthPx: frame.plane.widthPx,
    frameHeightPx: frame.plane.heightPx,
    tileWidthPx,
    tileHeightPx,
    overlapPx: manifest.tiles.overlapPx,
  };
  return { image, prepared: frame, grid, candidates: [] };
}

/** What a tile shows, in px of the frame; what lies in the padding around a small frame is left out. */
function candidatesOf({ frame, origin }: TileJob, findings: TileFindings, settings: SegmentSettings): Candidate[] {
  const candidates: Candidate[] = [];
  const { maskEdge, masks, scores } = findings;
  for (let i = 0; i < findings.count; i++) {
    if (scores[i] <= 0 || scores[i] < settings.scoreThreshold) continue;
    const box = boxOf(findings, i, origin);
    if (box.x0 + box.x1 > 2 * frame.grid.frameWidthPx || box.y0 + box.y1 > 2 * frame.grid.frameHeightPx) continue;
    const probabilities = masks.subarray(i * maskEdge * maskEdge, (i + 1) * maskEdge * maskEdge);
    const { widthPx, heightPx } = frame.image;
    const maskBox = inFrame(moved(box, findings.maskOffsetPx), frame.prepared);
    const mask = pasted({ edge: maskEdge, probabilities }, maskBox, widthPx, heightPx);
    const areaPx = mask === null ? 0 : maskAreaPx(mask);
    if (mask === null || areaPx === 0 || areaPx < settings.minAreaPx2) continue;
    candidates.push({
      mask,
      box: inFrame(box, frame.prepared),
      score: scores[i],
      areaPx,
      isCut: isCutBySeam(box, origin, frame.grid),
    });
  }
  return candidates;
}

/** The `i`-th box in px of the scaled frame. */
function boxOf({ boxes }: TileFindings, i: number, { xPx, yPx }: TileOrigin): Box {
  const [x0, y0, x1, y1] = boxes.subarray(4 * i, 4 * i + 4);
  return { x0: x0 + xPx, y0: y0 + yPx, x1: x1 + xPx, y1: y1 + yPx };
}

function moved({ x0, y0, x1, y1 }: Box, byPx: number): Box {
  return { x0: x0 + byPx, y0: y0 + byPx, x1: x1 + byPx, y1: y1 + byPx };
}

function inFrame({ x0, y0, x1, y1 }: Box, { scaleX, scaleY }: PreparedFrame): Box {
  return { x0: x0 / scaleX, y0: y0 / scaleY, x1: x1 / scaleX, y1: y1 / scaleY };
}
