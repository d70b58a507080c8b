/**
 * The table to reproduce: what Zhang et al. (arXiv 2409.16637) report, and what this project must show on the same set-up.
 *
 * Paper's values and goals live here and nowhere else. A goal is a promise; it is not moved to where a model happens to be.
 *
 * @module
 */
import type { FrameSetId } from "./frame-sets.js";
import type { Goal, GoalFigure } from "./goals.js";
import type { MethodId } from "./methods.js";

/** One row. Without goals it is reported only. */
export interface Row {
  /** Names the row, and its case for `--only`: `fig-3c`. */
  readonly id: string;
  readonly source: string;
  readonly set: FrameSetId;
  readonly method: MethodId;
  /** What the paper reports; `null` where it has no such case. */
  readonly paper: string | null;
  readonly goals: readonly Goal[];
  readonly note?: string;
}

const atLeast = (figure: GoalFigure, value: number): Goal => ({ figure, relation: ">=", value });
const atMost = (figure: GoalFigure, value: number): Goal => ({ figure, relation: "<=", value });
const within = (figure: GoalFigure, value: number): Goal => ({ figure, relation: "within", value });
const findAll = (meanIou: number): readonly Goal[] => [atLeast("recall", 1), atLeast("meanIou", meanIou)];

const NO_IMAGE = "the paper's image is not public";
const STAND_IN = `${NO_IMAGE}: real frames of the shared sets with such particles stand in; found is centre inside the true box`;
const OVERLAP = "no SNR is stated for this goal: the lesser of the paper's two noises is taken";
const LIVE = "shown live on the dashboard; here, that they count everything";

const FIGURES_OF_PAPER: readonly Row[] = [
  row({ id: "fig-3a", source: "Fig. 3a" }, ["spheres-50/noise-free", "threshold"], "accurate, same histogram", []),
  row({ id: "fig-3a", source: "Fig. 3a" }, ["spheres-50/noise-free", "mask-rcnn"], "accurate", findAll(0.96)),
  row(
    { id: "fig-3b", source: "Fig. 3b" },
    ["spheres-50/snr-14.5497", "threshold"],
    "17 found, masks too small, some broken in two",
    [],
  ),
  row(
    { id: "fig-3b", source: "Fig. 3b" },
    ["spheres-50/snr-14.5497", "mask-rcnn"],
    "18 found, accurate masks",
    findAll(0.95),
  ),
  row({ id: "fig-3c", source: "Fig. 3c" }, ["spheres-50/snr-7.4870", "threshold"], "masks highly defective", []),
  row({ id: "fig-3c", source: "Fig. 3c" }, ["spheres-50/snr-7.4870", "mask-rcnn"], "nothing found", findAll(0.94)),
  row(
    { id: "fig-3d", source: "Fig. 3d", note: LIVE },
    ["spheres-50/snr-14.5497", "mask-rcnn+nlm"],
    "histogram of intensities, offline",
    [atLeast("levelsCounted", 1)],
  ),
  row(
    { id: "fig-3-areas", source: "Fig. 3, last column", note: LIVE },
    ["spheres-50/snr-14.5497", "mask-rcnn"],
    "histogram of areas, offline",
    [atLeast("areasCounted", 1)],
  ),
  row(
    { id: "fig-4-spheres", source: "Fig. 4" },
    ["spheres-50/snr-14.5497", "mask-rcnn"],
    "100 %, rough edges",
    findAll(0.95),
  ),
  row({ id: "fig-4-rods", source: "Fig. 4" }, ["rods-65x10/snr-14.5497", "mask-rcnn"], "0 %", findAll(0.82)),
  row({ id: "fig-4-cubes", source: "Fig. 4" }, ["cubes-50/snr-14.5497", "mask-rcnn"], "100 %", findAll(0.94)),
  row(
    { id: "fig-5-30", source: "Fig. 5" },
    ["spheres-30/snr-14.5497", "mask-rcnn"],
    "many missed, rough masks",
    findAll(0.93),
  ),
  row({ id: "fig-5-50", source: "Fig. 5" }, ["spheres-50/snr-14.5497", "mask-rcnn"], "found", findAll(0.95)),
  row({ id: "fig-5-70", source: "Fig. 5" }, ["spheres-70/snr-14.5497", "mask-rcnn"], "found", findAll(0.96)),
  row(
    { id: "fig-6-gaussian", source: "Fig. 6a-c" },
    ["spheres-50/snr-7.4870", "mask-rcnn+gaussian"],
    "20 of 24, pixel accuracy 96.57 %",
    [atLeast("recall", 1)],
  ),
  row(
    { id: "fig-6-nlm", source: "Fig. 6d-f" },
    ["spheres-50/snr-7.4870", "mask-rcnn+nlm"],
    "24 of 24, pixel accuracy 96.63 %",
    [atLeast("recall", 1), atLeast("pixelAccuracy", 0.99)],
  ),
  row(
    { id: "fig-6-nlm-auto", source: "Fig. 6d-f" },
    ["spheres-50/snr-7.4870", "mask-rcnn+nlm-auto"],
    "24 of 24, pixel accuracy 96.63 %",
    [atLeast("recall", 1), atLeast("pixelAccuracy", 0.99)],
  ),
  row(
    { id: "fig-6-unet", source: "Fig. 6" },
    ["spheres-50/snr-7.4870", "mask-rcnn+unet"],
    "a U-Net was compared; no count is given",
    [atLeast("recall", 1), atLeast("pixelAccuracy", 0.99)],
  ),
  row({ id: "fig-7a", source: "Fig. 7a", note: STAND_IN }, ["haadf/10-20", "threshold"], "misses some", []),
  row({ id: "fig-7a", source: "Fig. 7a", note: STAND_IN }, ["haadf/10-20", "mask-rcnn"], "all found", [
    atLeast("foundInRange", 1),
  ]),
  row({ id: "fig-7b", source: "Fig. 7b", note: STAND_IN }, ["bftem/50-100", "threshold"], "misses some", []),
  row({ id: "fig-7b", source: "Fig. 7b", note: STAND_IN }, ["bftem/50-100", "mask-rcnn"], "all found", [
    atLeast("foundInRange", 1),
  ]),
  row({ id: "table-1-sphere", source: "Table 1" }, ["table-1/sphere", "mask-rcnn"], "2/r = 0.033 (r 60)", [
    within("boundaryAreaBias", 0.05),
  ]),
  row({ id: "table-1-rod", source: "Table 1" }, ["table-1/rod", "mask-rcnn"], "(2l+2w)/(lw) = 0.231 (65 x 10)", [
    within("boundaryAreaBias", 0.05),
  ]),
  row({ id: "table-1-cube", source: "Table 1" }, ["table-1/cube", "mask-rcnn"], "4/a = 0.080 (a 50)", [
    within("boundaryAreaBias", 0.05),
  ]),
];

const BEYOND_THE_PAPER: readonly Row[] = [
  row({ id: "beyond-rods", source: "beyond" }, ["rods-65x10/snr-7.4870", "mask-rcnn"], null, [
    atLeast("recall", 0.85),
    atMost("falseShare", 0.05),
  ]),
  row({ id: "beyond-snr-4", source: "beyond" }, ["spheres-30-70/snr-4", "mask-rcnn"], null, [
    atLeast("recall", 0.98),
    atMost("falseShare", 0.01),
  ]),
];

const APART: readonly Goal[] = [atLeast("f1", 0.998), atLeast("meanIou", 0.94), within("ecdBias", 0.01)];

const REACH: readonly Row[] = [
  row({ id: "reach-noise-free", source: "reach" }, ["spheres-30-70/noise-free", "mask-rcnn"], null, APART),
  row({ id: "reach-snr-14", source: "reach" }, ["spheres-30-70/snr-14.5497", "mask-rcnn"], null, APART),
  row({ id: "reach-snr-7", source: "reach" }, ["spheres-30-70/snr-7.4870", "mask-rcnn"], null, APART),
  row({ id: "reach-snr-4", source: "reach" }, ["spheres-30-70/snr-4", "mask-rcnn"], null, [atLeast("f1", 0.98)]),
  row({ id: "reach-small", source: "reach" }, ["spheres-10-20/snr-14.5497", "mask-rcnn"], null, [atLeast("f1", 0.97)]),
  row({ id: "reach-overlap", source: "reach", note: OVERLAP }, ["overlapping/snr-14.5497", "mask-rcnn"], null, [
    atLeast("f1", 0.93),
  ]),
  row({ id: "reach-overlap-noise", source: "reach" }, ["overlapping/snr-7.4870", "mask-rcnn"], null, []),
  row({ id: "reach-empty", source: "reach" }, ["empty", "mask-rcnn"], null, [atMost("falsePerFrame", 0.02)]),
  row({ id: "reach-haadf", source: "reach" }, ["haadf", "threshold"], null, []),
  row({ id: "reach-haadf", source: "reach" }, ["haadf", "mask-rcnn"], null, [
    atLeast("f1", 0.75),
    atLeast("f1ByCentre", 0.85),
  ]),
  row({ id: "reach-bftem", source: "reach" }, ["bftem", "threshold"], null, []),
  row({ id: "reach-bftem", source: "reach" }, ["bftem", "mask-rcnn"], null, [
    atLeast("pixelIou", 0.85),
    atMost("countError", 0.15),
  ]),
];

/** A row of the table: its name, what is recognised how, the paper's value, the goals. */
function row(
  name: Pick<Row, "id" | "source" | "note">,
  [set, method]: readonly [FrameSetId, MethodId],
  paper: string | null,
  goals: readonly Goal[],
): Row {
  return { ...name, set, method, paper, goals };
}

/** Every row, in the order of the table. */
export const ROWS: readonly Row[] = [...FIGURES_OF_PAPER, ...BEYOND_THE_PAPER, ...REACH];
