/**
 * Recognises particles by a Mask R-CNN.
 *
 * @module
 */
import type { Box, Detection } from "../../stream/base/detection.js";
import type { GreyImage } from "../../stream/base/frame.js";
import { believed } from "./belief.js";
import { standsOut } from "./contrast.js";
import { type Candidate, withoutDuplicates } from "./duplicates.js";
import type { Finding } from "./findings.js";
import { maskAreaPx, pasted } from "./masks.js";
import { type Model, type ModelOptions, openModel } from "./model.js";
import { particlePolarity } from "./polarity.js";
import { modelInput, type PreparedFrame, prepared } from "./preprocess.js";
import type { Segmenter, SegmentSettings } from "./segmenter.js";
import { isCutBySeam, type TileGrid, type TileOrigin, tileOrigins } from "./tiles.js";
import { firstZoom, type Look, secondZoom } from "./zoom.js";

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
    backend: { segmenter: "mask-rcnn", description: model.description, model: model.identity },
    batchLimit: model.batch,
    segment: (images, settings) => segmentAll(model, images, settings),
    close: () => {
      closed ??= model.release();
      return closed;
    },
  };
  return { segmenter, notes: model.notes };
}

/**
 * Score from which a particle has a say in how large particles are: specks that a low threshold lets in must not choose the scale. Less than
 * the manifest's sure score, which particles may reach only at the right scale.
 */
const SIZING_SCORE = 0.5;

/** A look on its way through the model, and what its tiles have shown so far. */
interface Job {
  readonly look: Look;
  readonly prepared: PreparedFrame;
  readonly grid: TileGrid;
  readonly candidates: Candidate[];
}

/** A tile on its way through the model. */
interface TileJob {
  readonly job: Job;
  readonly origin: TileOrigin;
}

async function segmentAll(
  model: Model,
  images: readonly GreyImage[],
  settings: SegmentSettings,
): Promise<readonly (readonly Detection[])[]> {
  const looks = images.map((image): Look => ({ image, zoom: settings.zoom ?? firstZoom(image, model.manifest) }));
  const found = [...(await lookAt(model, looks, settings))];
  if (settings.zoom === null) {
    const again = looks.flatMap((look, i) => {
      const sizing = found[i].filter(({ score }) => score >= SIZING_SCORE);
      const diametersPx = sizing.map(({ areaPx }) => Math.sqrt((4 * areaPx) / Math.PI));
      const zoom = secondZoom(diametersPx, look, model.manifest);
      return zoom === null ? [] : [{ i, look: { ...look, zoom } }];
    });
    const seen = await lookAt(
      model,
      again.map(({ look }) => look),
      settings,
    );
    for (const [k, { i }] of again.entries()) found[i] = seen[k];
  }
  const { sureScore } = model.manifest.thresholds;
  return found.map((candidates) =>
    believed(candidates, sureScore).map(({ mask, box, score }) => ({ mask, box, score })),
  );
}

/** The particles that each look shows, in the order of falling score. */
async function lookAt(
  model: Model,
  looks: readonly Look[],
  settings: SegmentSettings,
): Promise<readonly (readonly Candidate[])[]> {
  const jobs = looks.map((look) => jobFor(look, settings, model));
  const tiles = jobs.flatMap((job) => tileOrigins(job.grid).map((origin): TileJob => ({ job, origin })));
  for (let first = 0; first < tiles.length; first += model.batch) {
    const batch = tiles.slice(first, first + model.batch);
    const inputs = batch.map(({ job, origin }) => modelInput(job.prepared, origin, model.manifest));
    const findings = await model.run(inputs, settings.scoreThreshold);
    for (const [i, tile] of batch.entries()) tile.job.candidates.push(...candidatesOf(tile, findings[i], settings));
  }
  const { sameParticleOverlap } = model.manifest.thresholds;
  return jobs.map(({ candidates }) =>
    withoutDuplicates(candidates, sameParticleOverlap).toSorted((a, b) => b.score - a.score),
  );
}

function jobFor(look: Look, { polarity }: SegmentSettings, model: Model): Job {
  const knowsBrightOnly = model.manifest.input.particles === "bright";
  const isInverted = knowsBrightOnly && particlePolarity(look.image, polarity) === "dark";
  const frame = prepared(look.image, look.zoom, isInverted);
  const grid = {
    frameWidthPx: frame.plane.widthPx,
    frameHeightPx: frame.plane.heightPx,
    tileWidthPx: model.tileWidthPx,
    tileHeightPx: model.tileHeightPx,
    overlapPx: model.manifest.tiles.overlapPx,
  };
  return { look, prepared: frame, grid, candidates: [] };
}

/** What a tile shows, in px of the frame; what lies in the padding around a small frame is left out. */
function candidatesOf({ job, origin }: TileJob, findings: readonly Finding[], settings: SegmentSettings): Candidate[] {
  const candidates: Candidate[] = [];
  const { widthPx, heightPx } = job.look.image;
  for (const { box: tileBox, score, mask: boxMask, maskBox } of findings) {
    if (score < settings.scoreThreshold) continue;
    const box = moved(tileBox, origin);
    if (box.x0 + box.x1 > 2 * job.grid.frameWidthPx || box.y0 + box.y1 > 2 * job.grid.frameHeightPx) continue;
    const mask = pasted(boxMask, inFrame(moved(maskBox, origin), job.prepared), widthPx, heightPx);
    const areaPx = mask === null ? 0 : maskAreaPx(mask);
    if (mask === null || areaPx === 0 || areaPx < settings.minAreaPx2) continue;
    if (!standsOut(mask, job.look.image)) continue;
    candidates.push({
      mask,
      box: inFrame(box, job.prepared),
      score,
      areaPx,
      isCut: isCutBySeam(box, origin, job.grid),
    });
  }
  return candidates;
}

/** From px of a tile to px of the scaled frame. */
function moved({ x0, y0, x1, y1 }: Box, { xPx, yPx }: TileOrigin): Box {
  return { x0: x0 + xPx, y0: y0 + yPx, x1: x1 + xPx, y1: y1 + yPx };
}

/** From px of the scaled frame to px of the frame. */
function inFrame({ x0, y0, x1, y1 }: Box, { scaleX, scaleY }: PreparedFrame): Box {
  return { x0: x0 / scaleX, y0: y0 / scaleY, x1: x1 / scaleX, y1: y1 / scaleY };
}
