/**
 * One setting under the reader's hand: what is in force, what is being typed, and what the daemon said.
 *
 * @module
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { AnalysisSettings } from "../../../src/stream/base/settings.js";
import type { Answer } from "../connection/requests.js";
import type { Dashboard } from "../dashboard.js";
import { useCell } from "../state/cell.js";

export type SettingPhase = "idle" | "sending" | "done" | "refused" | "lost";

export interface SettingControl<Value> {
  /** What the control shows: the draft while there is one, else what is in force. */
  readonly shown: Value | string;
  readonly known: boolean;
  readonly phase: SettingPhase;
  /** Why it was refused; empty otherwise. */
  readonly problem: string;
  /** Takes what is being typed; other clients' changes wait meanwhile. */
  edit(draft: string): void;
  /** Sends `value`. */
  apply(value: Value): void;
  /** Says that what was typed cannot be sent. */
  refuse(problem: string): void;
  /** Forgets what was typed. */
  revert(): void;
}

/** The tick beside a control stays this long. */
const DONE_SHOWN_MS = 2_500;

interface Edit<Value> {
  readonly draft: Value | string | null;
  readonly phase: SettingPhase;
  readonly problem: string;
  /** The settings in force when it was sent. */
  readonly sentAtId: number | null;
}

const IDLE = { draft: null, phase: "idle", problem: "", sentAtId: null } as const;

export function useSetting<Key extends keyof AnalysisSettings>(
  { store, connection }: Dashboard,
  key: Key,
): SettingControl<AnalysisSettings[Key] | null> {
  type Value = AnalysisSettings[Key] | null;
  const inForce = useCell(store.settings);
  const [current, setCurrent] = useState<Edit<Value>>(IDLE);
  const sent = useRef(0);
  const { phase } = current;

  useEffect(() => {
    if (phase !== "done") return;
    const timer = setTimeout(() => setCurrent(IDLE), DONE_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [phase]);

  const value = inForce?.settings[key] ?? null;
  // The answer may come before the settings it speaks of: until then the control keeps what was sent.
  const isSettled = phase === "done" && inForce?.settingsId !== current.sentAtId;

  return {
    shown: current.draft === null || isSettled ? value : current.draft,
    known: inForce !== null,
    phase,
    problem: current.problem,
    edit: (draft) => setCurrent({ ...IDLE, draft }),
    refuse: (problem) => setCurrent({ ...current, phase: "refused", problem }),
    revert: () => setCurrent(IDLE),
    async apply(next) {
      sent.current += 1;
      const request = sent.current;
      const sending: Edit<Value> = { ...IDLE, draft: next, phase: "sending", sentAtId: inForce?.settingsId ?? null };
      setCurrent(sending);
      const answer = await connection.configure({ [key]: next });
      // An answer to an earlier change says nothing about this one.
      if (request === sent.current) setCurrent({ ...sending, ...outcome(answer) });
    },
  };
}

function outcome(answer: Answer): Pick<Edit<never>, "phase" | "problem"> {
  if (answer.kind === "done") return { phase: "done", problem: "" };
  if (answer.kind === "lost") return { phase: "lost", problem: "The connection was lost before the daemon answered." };
  return { phase: "refused", problem: `Not applied. Expected: ${answer.expected}. ${answer.remedy}` };
}
