/**
 * The ways of recognition that are compared: the columns of the paper's table. A further filter is a further line here.
 *
 * @module
 */
import type { AnalysisSettings } from "../../stream/base/settings.js";
import { AUTO, DEFAULT_SETTINGS } from "../../stream/base/settings.js";

/** One way of recognition. */
export interface Method {
  readonly id: string;
  readonly title: string;
  readonly settings: AnalysisSettings;
}

/** The paper's `cv2.threshold(BINARY + OTSU)`: the edge is at Otsu's level and holes stay holes. */
const THRESHOLD = { ...DEFAULT_SETTINGS, segmenter: "threshold", edge: "otsu", fillHoles: false } as const;
const MASK_RCNN = { ...DEFAULT_SETTINGS, segmenter: "mask-rcnn" } as const;
/** The paper's `cv2.GaussianBlur`: 5 x 5, sigma 5. */
const GAUSSIAN = { filter: "gaussian", gaussianKernelPx: 5, gaussianSigmaPx: 5 } as const;
/** The paper's non-local means has this template and search window too; it does not state the strength. */
const NLM = { filter: "nlm" } as const;
const NLM_AUTO = { filter: "nlm", nlmH: AUTO } as const;

/** In the order of tables and figures. */
export const METHODS = [
  { id: "threshold", title: "Otsu", settings: { ...THRESHOLD, filter: "none" } },
  { id: "threshold+gaussian", title: "Otsu, Gaussian", settings: { ...THRESHOLD, ...GAUSSIAN } },
  { id: "threshold+nlm", title: "Otsu, NLM", settings: { ...THRESHOLD, ...NLM } },
  { id: "threshold+nlm-auto", title: "Otsu, NLM auto", settings: { ...THRESHOLD, ...NLM_AUTO } },
  { id: "threshold+unet", title: "Otsu, U-Net", settings: { ...THRESHOLD, filter: "unet" } },
  { id: "mask-rcnn", title: "Mask R-CNN", settings: { ...MASK_RCNN, filter: "none" } },
  { id: "mask-rcnn+gaussian", title: "Mask R-CNN, Gaussian", settings: { ...MASK_RCNN, ...GAUSSIAN } },
  { id: "mask-rcnn+nlm", title: "Mask R-CNN, NLM", settings: { ...MASK_RCNN, ...NLM } },
  { id: "mask-rcnn+nlm-auto", title: "Mask R-CNN, NLM auto", settings: { ...MASK_RCNN, ...NLM_AUTO } },
  { id: "mask-rcnn+unet", title: "Mask R-CNN, U-Net", settings: { ...MASK_RCNN, filter: "unet" } },
] as const satisfies readonly Method[];
export type MethodId = (typeof METHODS)[number]["id"];

/** Regions smaller than this the paper leaves out of its threshold's result, px2. */
export const PAPER_LEAST_AREA_PX2 = 500;

/** The settings of a method for frames whose thresholded regions count from `leastThresholdAreaPx2` on. */
export function settingsOf({ settings }: Method, leastThresholdAreaPx2: number): AnalysisSettings {
  return settings.segmenter === "threshold" ? { ...settings, minAreaPx2: leastThresholdAreaPx2 } : settings;
}
