/**
 * The filter that is tried, and how strong.
 *
 * @module
 */
import { NLM_H_RANGE } from "../../../src/stream/base/settings.js";
import { Segmented } from "../controls/segmented.js";
import type { Choice } from "./choice.js";

const FILTERS = [
  { value: "none", label: "None" },
  { value: "gaussian", label: "Gaussian" },
  { value: "nlm", label: "NLM" },
] as const;

interface Props {
  readonly choice: Choice;
  /** What changes; two changes may come before the first is shown. */
  readonly onChange: (change: Partial<Choice>) => void;
}

export function Strength({ choice, onChange }: Props) {
  const { filter, gaussianKernelPx, gaussianSigmaPx, nlmH } = choice;
  return (
    <>
      <Segmented
        label="Filter to try"
        name="tuned-filter"
        options={FILTERS}
        value={filter}
        onChange={(value) => onChange({ filter: value })}
      />
      {filter === "nlm" && (
        <Slider
          label="Strength h"
          {...NLM_H_RANGE}
          step={1}
          value={nlmH}
          onInput={(value) => onChange({ nlmH: value })}
        />
      )}
      {filter === "gaussian" && (
        <>
          <Slider
            label="Kernel, px"
            min={1}
            max={31}
            step={2}
            value={gaussianKernelPx}
            onInput={(value) => onChange({ gaussianKernelPx: value })}
          />
          <Slider
            label="Sigma, px"
            min={0.1}
            max={20}
            step={0.1}
            value={gaussianSigmaPx}
            onInput={(value) => onChange({ gaussianSigmaPx: value })}
          />
        </>
      )}
    </>
  );
}

export interface SliderProps {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  readonly onInput: (value: number) => void;
}

/** The picture follows while it is moved. */
export function Slider({ label, value, onInput, ...scale }: SliderProps) {
  return (
    <label class="tuning-slider">
      <span>{label}</span>
      <input
        type="range"
        aria-label={label}
        {...scale}
        value={value}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
      />
      <output>{String(value)}</output>
    </label>
  );
}
