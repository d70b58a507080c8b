/**
 * The frame that is tuned on, and the preview of a choice on it, as they come.
 *
 * @module
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { FilteredFrameMessage } from "../../../src/stream/protocol/filter-messages.js";
import type { Dashboard } from "../dashboard.js";
import type { Choice, ComputerName, GreyLevels, PreviewResult } from "./choice.js";
import { PreviewWorker } from "./preview-worker.js";

export interface TunedFrame {
  readonly message: FilteredFrameMessage;
  readonly image: GreyLevels;
}

export interface ShownPreview {
  readonly choice: Choice;
  readonly result: Extract<PreviewResult, { kind: "done" }>;
}

export interface Preview {
  readonly frame: TunedFrame | null;
  /** Of the choice before while the next one is computed. */
  readonly shown: ShownPreview | null;
  /** Why there is no frame or no preview; empty otherwise. */
  readonly problem: string;
}

/** Asks the daemon for its last frame as the filter sees it, once. */
function useFrame({ connection, store }: Dashboard): { readonly frame: TunedFrame | null; readonly problem: string } {
  const [frame, setFrame] = useState<TunedFrame | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let isWanted = true;
    store.filteredFrame.set(null);
    void connection.filterFrame({ filter: "none" }).then((answer) => {
      if (!isWanted) return;
      const message = store.filteredFrame.get();
      if (answer.kind === "done" && message !== null) setFrame({ message, image: imageOf(message) });
      else if (answer.kind === "refused") setProblem(`The daemon has no frame: ${answer.received}. ${answer.remedy}`);
      else setProblem("The connection was lost before the frame came.");
      // The page need not keep it.
      store.filteredFrame.set(null);
    });
    return () => {
      isWanted = false;
    };
  }, [connection, store]);
  return { frame, problem };
}

function imageOf({ widthPx, heightPx, rawLevels }: FilteredFrameMessage): GreyLevels {
  return { widthPx, heightPx, levels: new Uint8Array(rawLevels) };
}

/** `computer` other than the first that works; `null`: that one. */
export function usePreview(dashboard: Dashboard, choice: Choice, computer: ComputerName | null): Preview {
  const { frame, problem: frameProblem } = useFrame(dashboard);
  const [shown, setShown] = useState<ShownPreview | null>(null);
  const [problem, setProblem] = useState("");
  const worker = useMemo(() => new PreviewWorker(), []);
  const isOpen = useRef(true);
  useEffect(
    () => () => {
      isOpen.current = false;
      worker.close();
    },
    [worker],
  );
  useEffect(() => {
    if (frame === null) return;
    worker.ask({
      job: { image: frame.image, choice, computer },
      onResult: (result) => {
        if (!isOpen.current) return;
        setProblem(result.kind === "failed" ? `No preview: ${result.problem}` : "");
        if (result.kind === "done") setShown({ choice, result });
      },
    });
  }, [worker, frame, choice, computer]);
  return { frame, shown, problem: frameProblem === "" ? problem : frameProblem };
}
