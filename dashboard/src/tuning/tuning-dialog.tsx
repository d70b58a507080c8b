/**
 * Tries filters on a frame that stands still; the daemon goes on with its own settings until they are applied.
 *
 * @module
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { AnalysisSettings } from "../../../src/stream/base/settings.js";
import { Segmented } from "../controls/segmented.js";
import type { Dashboard } from "../dashboard.js";
import { countText, significant } from "../format/quantity.js";
import { useCell } from "../state/cell.js";
import type { ComputerName } from "./choice.js";
import { choiceFrom, choiceText, settingsOf } from "./choice.js";
import type { Arrangement } from "./comparison.js";
import { Comparison } from "./comparison.js";
import { Slider, Strength } from "./strength.js";
import type { Preview } from "./use-preview.js";
import { usePreview } from "./use-preview.js";

const ARRANGEMENTS = [
  { value: "side", label: "Side by side" },
  { value: "split", label: "Split" },
] as const;

const COMPUTER_CHOICES = [
  { value: "auto", label: "Auto" },
  { value: "webgl2", label: "WebGL2" },
  { value: "wasm", label: "WebAssembly" },
  { value: "cpu", label: "CPU" },
] as const;

/** Where a strength begins when none was ever in force. */
const FIRST_H = 15;

interface Props {
  readonly dashboard: Dashboard;
  readonly onClose: () => void;
}

/** The button that begins, and what it opens. */
export function Tune({ dashboard }: Pick<Props, "dashboard">) {
  const [isOpen, setOpen] = useState(false);
  const inForce = useCell(dashboard.store.settings);
  return (
    <>
      <button
        type="button"
        class="tool"
        disabled={inForce === null}
        title="Try filters on a frame; the daemon's settings stay until you apply"
        onClick={() => setOpen(true)}
      >
        Tune
      </button>
      {isOpen && inForce !== null && (
        <TuningDialog dashboard={dashboard} settings={inForce.settings} onClose={() => setOpen(false)} />
      )}
    </>
  );
}

function TuningDialog({ dashboard, settings, onClose }: Props & { readonly settings: AnalysisSettings }) {
  const { connection, store } = dashboard;
  const dialog = useHeldDialog(dashboard);
  const [choice, setChoice] = useState(() => choiceFrom(settings, store.frame.get()?.message.nlmH ?? FIRST_H));
  const [computer, setComputer] = useState<ComputerName | null>(null);
  const [refusal, setRefusal] = useState("");
  const preview = usePreview(dashboard, choice, computer);
  const apply = async () => {
    const answer = await connection.configure(settingsOf(choice));
    if (answer.kind === "done") onClose();
    else if (answer.kind === "refused") setRefusal(`Not applied. Expected: ${answer.expected}. ${answer.remedy}`);
    else setRefusal("The connection was lost before the daemon answered.");
  };
  return (
    <dialog ref={dialog} class="tuning" aria-label="Tune the filter" onClose={onClose}>
      <TunedPicture preview={preview} />
      <div class="tuning-controls">
        <Strength choice={choice} onChange={(change) => setChoice((before) => ({ ...before, ...change }))} />
        <Segmented
          label="Computed by"
          name="tuned-computer"
          options={COMPUTER_CHOICES}
          value={computer ?? "auto"}
          onChange={(value) => setComputer(value === "auto" ? null : value)}
        />
        <Status preview={preview} isCurrent={preview.shown?.choice === choice} />
        <p class="tuning-problem" role="alert">
          {refusal === "" ? preview.problem : refusal}
        </p>
        <div class="tuning-actions">
          <button type="button" class="tool" onClick={() => dialog.current?.close()}>
            Discard
          </button>
          <button type="button" class="tool tuning-apply" onClick={apply}>
            Apply
          </button>
        </div>
      </div>
    </dialog>
  );
}

/** A dialog that is open while it is there, and holds the page's picture meanwhile. */
function useHeldDialog({ shown }: Dashboard) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const wasHeld = shown.held.get();
    shown.held.set(true);
    dialog.current?.showModal();
    return () => shown.held.set(wasHeld);
  }, [shown]);
  return dialog;
}

function TunedPicture({ preview: { frame, shown } }: { readonly preview: Preview }) {
  const [arrangement, setArrangement] = useState<Arrangement>("side");
  const [percent, setPercent] = useState(50);
  return (
    <>
      <header class="tuning-header">
        <h2>Tune the filter</h2>
        <span class="panel-subtitle">{frame === null ? "waiting for the frame" : frameText(frame.message)}</span>
        {arrangement === "split" && (
          <Slider label="Raw part, %" min={0} max={100} step={1} value={percent} onInput={setPercent} />
        )}
        <Segmented
          label="Arrangement"
          name="tuned-arrangement"
          options={ARRANGEMENTS}
          value={arrangement}
          onChange={setArrangement}
        />
      </header>
      <div class="tuning-stage">
        {frame !== null && (
          <Comparison
            frame={frame}
            filtered={shown?.result.levels ?? null}
            arrangement={arrangement}
            divider={percent / 100}
          />
        )}
      </div>
    </>
  );
}

function frameText(message: NonNullable<Preview["frame"]>["message"]): string {
  const { seq, widthPx, heightPx, frameWidthPx, frameHeightPx, isRounded } = message;
  const isCut = widthPx < frameWidthPx || heightPx < frameHeightPx;
  const parts = [
    `frame ${countText(seq)}`,
    `${widthPx} × ${heightPx} px`,
    isCut ? `the middle of ${frameWidthPx} × ${frameHeightPx} px: its border differs from the daemon's` : "",
    isRounded ? "not 8-bit: previewed on rounded levels" : "",
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

/** What is shown, and what computed it; pale while the next one is computed. */
function Status({ preview: { shown }, isCurrent }: { readonly preview: Preview; readonly isCurrent: boolean }) {
  const text =
    shown === null
      ? ""
      : `${choiceText(shown.choice)}: ${significant(shown.result.elapsedMs)} ms, ${shown.result.computedBy}`;
  return (
    <output class="tuning-status" data-current={isCurrent} aria-label="Preview">
      {text}
    </output>
  );
}
