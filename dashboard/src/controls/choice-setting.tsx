/**
 * A setting that is one of a few words, or on and off.
 *
 * @module
 */
import type { AnalysisSettings } from "../../../src/stream/base/settings.js";
import type { Dashboard } from "../dashboard.js";
import { Segmented } from "./segmented.js";
import { SettingRow } from "./setting-row.js";
import { useSetting } from "./use-setting.js";

/** The settings whose values are words. */
type WordKey = {
  [Key in keyof AnalysisSettings]: AnalysisSettings[Key] extends string ? Key : never;
}[keyof AnalysisSettings];

export interface ChoiceSettingProps<Key extends WordKey> {
  readonly dashboard: Dashboard;
  readonly setting: Key;
  readonly label: string;
  readonly title: string;
  readonly options: readonly { readonly value: AnalysisSettings[Key]; readonly label: string }[];
  /** Without effect with the other settings as they are. */
  readonly disabled?: boolean;
}

export function ChoiceSetting<Key extends WordKey>({ dashboard, setting, ...props }: ChoiceSettingProps<Key>) {
  const control = useSetting(dashboard, setting);
  return (
    <SettingRow
      name={setting}
      label={props.label}
      title={props.title}
      phase={control.phase}
      problem={control.problem}
      disabled={props.disabled === true}
    >
      <Segmented<AnalysisSettings[Key] | "">
        label={props.label}
        name={setting}
        options={props.options}
        value={props.options.find(({ value }) => value === control.shown)?.value ?? ""}
        disabled={!control.known || props.disabled === true}
        onChange={(value) => value !== "" && control.apply(value)}
      />
    </SettingRow>
  );
}

export interface FillHolesProps {
  readonly dashboard: Dashboard;
  readonly disabled: boolean;
}

export function FillHolesSetting({ dashboard, disabled }: FillHolesProps) {
  const control = useSetting(dashboard, "fillHoles");
  return (
    <SettingRow
      name="fillHoles"
      label="Fill holes"
      title="Whether holes inside a particle count as particle (threshold segmenter)"
      phase={control.phase}
      problem={control.problem}
      disabled={disabled}
    >
      <input
        type="checkbox"
        class="switch"
        aria-label="Fill holes"
        checked={control.shown === true}
        disabled={disabled || !control.known}
        onChange={(event) => control.apply(event.currentTarget.checked)}
      />
    </SettingRow>
  );
}
