/**
 * The settings of the analysis, changed while it runs.
 *
 * @module
 */
import { NLM_H_RANGE } from "../../../src/stream/base/settings.js";
import { settingsSchema } from "../../../src/stream/protocol/settings.js";
import type { Dashboard } from "../dashboard.js";
import { countText } from "../format/quantity.js";
import { useCell } from "../state/cell.js";
import { Tune } from "../tuning/tuning-dialog.js";
import { ChoiceSetting, FillHolesSetting } from "./choice-setting.js";
import { NlmStrength } from "./nlm-strength.js";
import type { Scale } from "./number-setting.js";
import { NumberSetting } from "./number-setting.js";

const FILTERS = [
  { value: "none", label: "None" },
  { value: "gaussian", label: "Gaussian" },
  { value: "nlm", label: "NLM" },
  { value: "unet", label: "U-Net" },
] as const;

const SEGMENTERS = [
  { value: "mask-rcnn", label: "Mask R-CNN" },
  { value: "threshold", label: "Threshold" },
] as const;

const POLARITIES = [
  { value: "auto", label: "Auto" },
  { value: "bright", label: "Bright" },
  { value: "dark", label: "Dark" },
] as const;

const EDGES = [
  { value: "foot", label: "Foot" },
  { value: "otsu", label: "Otsu" },
] as const;

const BORDERS = [
  { value: "exclude", label: "Exclude" },
  { value: "include", label: "Include" },
] as const;

const { gaussianKernelPx, gaussianSigmaPx, scoreThreshold } = settingsSchema.shape;

/** Slider ends are the schema's own limits. */
function scale(limits: { readonly minValue: number | null; readonly maxValue: number | null }, step: number): Scale {
  return { min: Math.max(limits.minValue ?? 0, step), max: limits.maxValue ?? 1, step };
}

const KERNEL_SCALE: Scale = { ...scale(gaussianKernelPx, 2), min: 1 };
const SIGMA_SCALE = scale(gaussianSigmaPx, 0.1);
const NLM_SCALE: Scale = { ...NLM_H_RANGE, step: 1 };
const SCORE_SCALE: Scale = { ...scale(scoreThreshold, 0.01), min: 0 };

interface Props {
  readonly dashboard: Dashboard;
}

export function SettingsPanel({ dashboard }: Props) {
  const inForce = useCell(dashboard.store.settings);
  const segmenter = inForce?.settings.segmenter;
  return (
    <section class="panel settings" aria-label="Settings">
      <header class="panel-header">
        <h2>Analysis</h2>
        <span class="panel-subtitle end">{inForce === null ? "" : `since frame ${countText(inForce.fromSeq)}`}</span>
        <Tune dashboard={dashboard} />
      </header>
      <div class="settings-body">
        <ChoiceSetting
          dashboard={dashboard}
          setting="filter"
          label="Filter"
          title="Denoising before segmentation"
          options={FILTERS}
        />
        <FilterStrength dashboard={dashboard} />
        <ChoiceSetting
          dashboard={dashboard}
          setting="segmenter"
          label="Segmenter"
          title="How particles are recognised"
          options={SEGMENTERS}
        />
        <NumberSetting
          dashboard={dashboard}
          setting="scoreThreshold"
          label="Score ≥"
          title="Least score of a Mask R-CNN detection"
          scale={SCORE_SCALE}
          disabled={segmenter === "threshold"}
        />
        <NumberSetting
          dashboard={dashboard}
          setting="zoom"
          label="Zoom"
          title="Scale at which Mask R-CNN looks at a frame; empty: chosen from each frame"
          placeholder="auto"
          disabled={segmenter === "threshold"}
        />
        <FillHolesSetting dashboard={dashboard} disabled={segmenter !== "threshold"} />
        <ChoiceSetting
          dashboard={dashboard}
          setting="edge"
          label="Edge at"
          title="Where the threshold puts a particle's edge: at the foot of its profile where noise allows, or at Otsu's level"
          options={EDGES}
          disabled={segmenter !== "threshold"}
        />
        <NumberSetting
          dashboard={dashboard}
          setting="minAreaPx2"
          label="Min. area"
          unit="px²"
          title="Least projected area of a particle"
        />
        <ChoiceSetting
          dashboard={dashboard}
          setting="polarity"
          label="Particles"
          title="Brighter (HAADF) or darker (BF) than their surroundings"
          options={POLARITIES}
        />
        <ChoiceSetting
          dashboard={dashboard}
          setting="border"
          label="At border"
          title="Whether particles cut by the frame's edge count towards sizes; ISO 13322-1 leaves them out"
          options={BORDERS}
        />
        <NumberSetting
          dashboard={dashboard}
          setting="pixelSizeNm"
          label="Pixel size"
          unit="nm/px"
          title="For frames whose file does not state it; empty: lengths in px"
          placeholder="unknown"
        />
      </div>
    </section>
  );
}

/** Two rows for every filter, so that the controls below keep their places. */
function FilterStrength({ dashboard }: Props) {
  const filter = useCell(dashboard.store.settings)?.settings.filter;
  if (filter === "nlm") return <NlmStrength dashboard={dashboard} scale={NLM_SCALE} />;
  const isOff = filter !== "gaussian";
  return (
    <>
      <NumberSetting
        dashboard={dashboard}
        setting="gaussianKernelPx"
        label="Kernel"
        unit="px"
        title="Edge of the Gaussian kernel, odd"
        scale={KERNEL_SCALE}
        disabled={isOff}
      />
      <NumberSetting
        dashboard={dashboard}
        setting="gaussianSigmaPx"
        label="Sigma"
        unit="px"
        title="Standard deviation of the Gaussian kernel"
        scale={SIGMA_SCALE}
        disabled={isOff}
      />
    </>
  );
}
