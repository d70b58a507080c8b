/**
 * Truth as COCO JSON: for each image its particles, as polygons, run lengths (plain or packed) or boxes alone.
 *
 * @module
 */
import { basename } from "node:path";
import { z } from "zod";
import { errorText } from "../../stream/base/errors.js";
import { type PixelMask, pixelMaskOf } from "../evaluation/pixel-mask.js";
import { type FrameTruth, type TrueParticle, trueParticleFrom } from "../evaluation/truth.js";
import { runsFromPolygon } from "./coco-polygon.js";
import { paintRuns, type Runs, runsFromText } from "./coco-runs.js";
import { TruthError } from "./errors.js";
import type { ImageSize, TruthEntry } from "./truth-source.js";

/** A polygon of three corners at least. */
const polygonSchema = z.array(z.number()).min(6);
const runsSchema = z.object({
  size: z.tuple([z.int(), z.int()]),
  counts: z.union([z.string(), z.array(z.int())]),
});
const idSchema = z.union([z.number(), z.string()]);
const annotationSchema = z.object({
  image_id: idSchema,
  bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional(),
  segmentation: z.union([z.array(polygonSchema), runsSchema]).nullish(),
  iscrowd: z.union([z.literal(0), z.literal(1), z.boolean()]).optional(),
});
type Annotation = z.infer<typeof annotationSchema>;

const fileSchema = z.object({
  images: z.array(z.object({ id: idSchema, file_name: z.string() })),
  annotations: z.array(annotationSchema),
});

/**
 * The truth of every image that a COCO file names. Raises TruthError for a text that is none.
 *
 * Categories are not told apart. Crowd regions, which say that somebody stopped counting, are left out.
 */
export function cocoEntries(text: string, file: string): readonly TruthEntry[] {
  const { images, annotations } = parsed(text, file);
  const byImage = new Map<string | number, Annotation[]>(images.map(({ id }) => [id, []]));
  for (const annotation of annotations) {
    if (annotation.iscrowd !== 1 && annotation.iscrowd !== true) byImage.get(annotation.image_id)?.push(annotation);
  }
  return images.map(({ id, file_name }) => ({
    // Some tools write Windows paths.
    name: basename(file_name.replaceAll("\\", "/")),
    read: async (image) => truthFrom(byImage.get(id) ?? [], `${file}, image ${file_name}`, image),
  }));
}

function parsed(text: string, file: string): z.infer<typeof fileSchema> {
  const wrong = (received: string, cause?: unknown) =>
    new TruthError({
      received: `${file}: ${received}`,
      expected: "COCO JSON: `images` with id and file_name, `annotations` with image_id and segmentation or bbox",
      remedy: "Export the annotations as COCO JSON (object detection or instance segmentation).",
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw wrong(errorText(cause), cause);
  }
  const result = fileSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw wrong(issue === undefined ? "no COCO" : `${issue.path.join(".") || "the whole"}: ${issue.message}`);
}

function truthFrom(annotations: readonly Annotation[], where: string, image: ImageSize): FrameTruth {
  const isOutlined = ({ segmentation }: Annotation) =>
    segmentation !== null && segmentation !== undefined && !(Array.isArray(segmentation) && segmentation.length === 0);
  if (annotations.every(isOutlined)) {
    const particles = annotations.flatMap(({ segmentation }) => {
      const mask = maskFrom(segmentation ?? [], where, image);
      // An outline smaller than a pixel covers none.
      return mask === null ? [] : [trueParticleFrom(mask)];
    });
    return { kind: "masks", ...image, particles };
  }
  return { kind: "boxes", ...image, particles: annotations.map((annotation) => boxParticle(annotation, where)) };
}

function boxParticle({ bbox }: Annotation, where: string): TrueParticle {
  if (bbox === undefined) {
    throw new TruthError({
      received: `${where}: an annotation with neither segmentation nor bbox`,
      expected: "masks for all particles of an image, or boxes for all",
      remedy: "Complete or remove the annotation.",
    });
  }
  const [x, y, width, height] = bbox;
  return {
    box: { x0: x, y0: y, x1: x + width, y1: y + height },
    mask: null,
    ecdPx: null,
    boundaryAreaRatioPerPx: null,
  };
}

/** The pixels of one annotation; `null` where there are none. */
function maskFrom(
  segmentation: NonNullable<Annotation["segmentation"]>,
  where: string,
  image: ImageSize,
): PixelMask | null {
  const { widthPx, heightPx } = image;
  const pixels = new Uint8Array(widthPx * heightPx);
  const pieces: readonly (Runs | null)[] = Array.isArray(segmentation)
    ? segmentation.map((polygon) => runsFromPolygon(polygon, image))
    : [typeof segmentation.counts === "string" ? runsFromText(segmentation.counts) : segmentation.counts];
  const [height, width] = Array.isArray(segmentation) ? [heightPx, widthPx] : segmentation.size;
  const isWhole = height === heightPx && width === widthPx;
  for (const runs of pieces) {
    if (!isWhole || runs === null || !paintRuns(pixels, heightPx, runs)) {
      throw new TruthError({
        received: `${where}: run lengths for ${width} x ${height} px that do not fill an image of ${widthPx} x ${heightPx} px`,
        expected: "run lengths over the whole image, column by column",
        remedy: "Export the annotations again, for images of the size they have.",
      });
    }
  }
  return pixelMaskOf({ xPx: 0, yPx: 0, widthPx, heightPx }, (index) => pixels[index] === 1);
}
