/**
 * Label, control and what the daemon said to it. Places are fixed: an answer moves nothing.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import type { SettingPhase } from "./use-setting.js";

export interface SettingRowProps {
  readonly name: string;
  readonly label: string;
  readonly unit?: string;
  readonly title: string;
  readonly phase: SettingPhase;
  readonly problem: string;
  readonly disabled?: boolean;
  readonly children: ComponentChildren;
}

const MARKS: Readonly<Record<SettingPhase, string>> = { idle: "", sending: "…", done: "✓", refused: "!", lost: "!" };
const WORDS: Readonly<Record<SettingPhase, string>> = {
  idle: "",
  sending: "being applied",
  done: "applied",
  refused: "not applied",
  lost: "not answered",
};

export function SettingRow({ name, label, unit = "", title, phase, problem, disabled, children }: SettingRowProps) {
  return (
    <div class={`setting ${disabled ? "disabled" : ""}`} data-setting={name} data-phase={phase} title={title}>
      <span class="setting-label">
        {label} <small>{unit}</small>
      </span>
      <div class="setting-control">{children}</div>
      <output class={`setting-mark ${phase}`} aria-label={WORDS[phase]}>
        {MARKS[phase]}
      </output>
      {problem !== "" && (
        <div class="setting-problem" role="alert">
          {problem}
        </div>
      )}
    </div>
  );
}
