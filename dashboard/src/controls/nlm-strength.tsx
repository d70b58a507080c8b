/**
 * The strength of non-local means: chosen by the daemon from the noise of each frame, or set by hand.
 *
 * @module
 */
import { AUTO } from "../../../src/stream/base/settings.js";
import type { Dashboard } from "../dashboard.js";
import { useCell } from "../state/cell.js";
import type { Scale } from "./number-setting.js";
import { NumberSetting } from "./number-setting.js";
import { Segmented } from "./segmented.js";
import { SettingRow } from "./setting-row.js";
import { useSetting } from "./use-setting.js";

const CHOICES = [
  { value: AUTO, label: "From noise" },
  { value: "set", label: "Set" },
] as const;

/** Where a strength set by hand begins when none was ever in force. */
const FIRST_H = 15;

interface Props {
  readonly dashboard: Dashboard;
  readonly scale: Scale;
}

/** Two rows. */
export function NlmStrength({ dashboard, scale }: Props) {
  const control = useSetting(dashboard, "nlmH");
  const lastH = useCell(dashboard.store.frame)?.message.nlmH ?? FIRST_H;
  const choice = control.shown === AUTO ? AUTO : "set";
  return (
    <>
      <SettingRow
        name="nlmHChoice"
        label="Strength"
        title="Chosen from the noise of each frame, or set by hand"
        phase={control.phase}
        problem={control.problem}
      >
        <Segmented
          label="Strength"
          name="nlmHChoice"
          options={CHOICES}
          value={choice}
          disabled={!control.known}
          onChange={(value) => control.apply(value === AUTO ? AUTO : Math.round(lastH))}
        />
      </SettingRow>
      <NumberSetting
        dashboard={dashboard}
        setting="nlmH"
        label="Strength h"
        title="Strength of non-local means, grey levels; auto: from the noise of each frame"
        scale={scale}
        word={AUTO}
      />
    </>
  );
}
