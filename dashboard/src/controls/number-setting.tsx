/**
 * A setting that is a number: typed, and where it has a scale also slid.
 *
 * @module
 */
import type { AnalysisSettings, AUTO } from "../../../src/stream/base/settings.js";
import type { Dashboard } from "../dashboard.js";
import { numberFrom } from "./number-text.js";
import { SettingRow } from "./setting-row.js";
import type { SettingControl } from "./use-setting.js";
import { useSetting } from "./use-setting.js";

/** The settings whose values are numbers. */
export type NumberKey = {
  [Key in keyof AnalysisSettings]: number extends AnalysisSettings[Key] ? Key : never;
}[keyof AnalysisSettings];

export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

export interface NumberSettingProps {
  readonly dashboard: Dashboard;
  readonly setting: NumberKey;
  readonly label: string;
  readonly unit?: string;
  readonly title: string;
  /** Ends and step of the slider; without it the number is only typed. */
  readonly scale?: Scale;
  /** What an empty field means; without it a number is required. */
  readonly placeholder?: string;
  /** What may be typed in place of a number. */
  readonly word?: typeof AUTO;
  readonly disabled?: boolean;
}

export function NumberSetting(props: NumberSettingProps) {
  const { dashboard, setting, label, unit = "", title, scale, disabled = false } = props;
  const control = useSetting(dashboard, setting);
  const isDisabled = disabled || !control.known;
  return (
    <SettingRow
      name={setting}
      label={label}
      unit={scale === undefined ? "" : unit}
      title={title}
      phase={control.phase}
      problem={control.problem}
      disabled={disabled}
    >
      {scale !== undefined && (
        <input
          type="range"
          aria-label={label}
          {...scale}
          value={control.shown ?? scale.min}
          disabled={isDisabled}
          onInput={(event) => control.edit(event.currentTarget.value)}
          onChange={(event) => control.apply(event.currentTarget.valueAsNumber)}
        />
      )}
      <NumberField {...props} control={control} disabled={isDisabled} />
    </SettingRow>
  );
}

interface FieldProps extends NumberSettingProps {
  readonly control: SettingControl<AnalysisSettings[NumberKey]>;
}

function NumberField({ control, label, unit, placeholder, scale, word, disabled = false }: FieldProps) {
  const commit = (text: string) => {
    if (word !== undefined && text.trim() === word) return control.apply(word);
    const value = numberFrom(text, placeholder !== undefined);
    if (value === undefined) control.refuse(`Not sent: ${JSON.stringify(text)} is not a number.`);
    else control.apply(value);
  };
  const field = (
    <input
      type="text"
      inputMode="decimal"
      autocomplete="off"
      class="number-field"
      aria-label={label}
      aria-invalid={control.problem !== ""}
      placeholder={placeholder}
      value={control.shown === null ? "" : String(control.shown)}
      disabled={disabled}
      onInput={(event) => control.edit(event.currentTarget.value)}
      onChange={(event) => commit(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Escape" && control.revert()}
    />
  );
  if (scale !== undefined) return field;
  return (
    <span class="number-with-unit">
      {field}
      <small>{unit}</small>
    </span>
  );
}
