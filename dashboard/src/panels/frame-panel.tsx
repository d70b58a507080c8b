/**
 * The live frame: picture, outlines, scale bar, colour legend and the values of the particle pointed at.
 *
 * @module
 */
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { PreviewKind } from "../../../src/stream/protocol/messages.js";
import { Segmented } from "../controls/segmented.js";
import type { Dashboard } from "../dashboard.js";
import { significant } from "../format/quantity.js";
import type { Cell } from "../state/cell.js";
import { createCell, useCell } from "../state/cell.js";
import { FrameCanvas } from "../view/frame-canvas.js";
import type { View } from "../view/view.js";
import { ColourLegend, ScaleBarOverlay } from "./frame-overlays.js";
import { ParticleDetail } from "./particle-detail.js";
import { Waiting } from "./waiting.js";

interface Props {
  readonly dashboard: Dashboard;
}

const KINDS: readonly { readonly value: PreviewKind; readonly label: string }[] = [
  { value: "raw", label: "Raw" },
  { value: "filtered", label: "Filtered" },
];

export function FramePanel({ dashboard }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frameCanvas = useRef<FrameCanvas | null>(null);
  const view = useMemo(() => createCell<View | null>(null), []);
  const outlinesShown = useMemo(() => createCell(true), []);

  useEffect(() => {
    if (canvas.current === null) return;
    const { shown, sizeScale, selection } = dashboard;
    const mounted = new FrameCanvas({
      canvas: canvas.current,
      scene: shown.scene,
      scale: sizeScale,
      selection,
      outlinesShown,
      view,
    });
    frameCanvas.current = mounted;
    return () => mounted.close();
  }, [dashboard, outlinesShown, view]);

  return (
    <section class="panel frame-panel" aria-label="Live frame">
      <header class="panel-header">
        <h2>Frame</h2>
        <FrameName dashboard={dashboard} />
        <Tools dashboard={dashboard} outlinesShown={outlinesShown} />
      </header>
      <div class="stage">
        <canvas
          ref={canvas}
          class="stage-canvas"
          tabIndex={0}
          aria-label="Live frame. Keys: + and − zoom, arrows move, 0 shows all."
        />
        <ScaleBarOverlay view={view} />
        <ZoomButtons
          view={view}
          zoom={(factor) => frameCanvas.current?.zoom(factor)}
          reset={() => frameCanvas.current?.reset()}
        />
        <HeldMark dashboard={dashboard} />
        <Waiting dashboard={dashboard} />
      </div>
      <div class="frame-foot">
        <ColourLegend scale={dashboard.sizeScale} />
        <ParticleDetail dashboard={dashboard} />
      </div>
    </section>
  );
}

/** A picture that stands still must say so. */
function HeldMark({ dashboard: { shown } }: Props) {
  return useCell(shown.held) ? <span class="held">Held</span> : null;
}

function FrameName({ dashboard: { store, shown } }: Props) {
  const scene = useCell(shown.scene, 200);
  const frame = useCell(store.frame, 200);
  if (scene === null) return <span class="panel-subtitle" />;
  const { seq, frameWidthPx, frameHeightPx, pixelSizeNm } = scene.preview;
  const scale = pixelSizeNm === null ? "pixel size unknown" : `${significant(pixelSizeNm)} nm/px`;
  const name = frame?.message.seq === seq ? frame.message.label : `frame ${seq}`;
  const text = `${name} · ${frameWidthPx} × ${frameHeightPx} px · ${scale}`;
  return (
    <span class="panel-subtitle" title={text}>
      {text}
    </span>
  );
}

function Tools({ dashboard, outlinesShown }: Props & { readonly outlinesShown: Cell<boolean> }) {
  const { connection, shown } = dashboard;
  const wanted = useCell(connection.wanted);
  const held = useCell(shown.held);
  const outlines = useCell(outlinesShown);
  return (
    <div class="tools">
      <button type="button" class="tool" aria-pressed={outlines} onClick={() => outlinesShown.set(!outlines)}>
        Outlines
      </button>
      <button
        type="button"
        class="tool"
        aria-pressed={held}
        title="Keep this picture and its table while the run goes on"
        onClick={() => shown.held.set(!held)}
      >
        Hold
      </button>
      <Segmented
        label="Picture"
        name="picture"
        options={KINDS}
        value={wanted.previewKind}
        onChange={(previewKind) => connection.wanted.set({ ...connection.wanted.get(), previewKind })}
      />
    </div>
  );
}

interface ZoomProps {
  readonly view: Cell<View | null>;
  readonly zoom: (factor: number) => void;
  readonly reset: () => void;
}

function ZoomButtons({ view, zoom, reset }: ZoomProps) {
  const current = useCell(view, 100);
  if (current === null) return null;
  return (
    <div class="zoom">
      <button type="button" title="Zoom in (wheel, +)" onClick={() => zoom(1.5)}>
        +
      </button>
      <button type="button" title="Zoom out (wheel, −)" disabled={!current.isZoomed} onClick={() => zoom(1 / 1.5)}>
        −
      </button>
      <button type="button" title="Show the whole frame (double click, 0)" disabled={!current.isZoomed} onClick={reset}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path
            d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
          />
        </svg>
      </button>
    </div>
  );
}
