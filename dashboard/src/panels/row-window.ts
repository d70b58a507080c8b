/**
 * Which rows of a long table are in sight.
 *
 * @module
 */
import { useLayoutEffect, useState } from "preact/hooks";

export interface RowWindow {
  /** Rows `first` up to, not including, `end` are drawn. */
  readonly first: number;
  readonly end: number;
  readonly rowPx: number;
  readonly onScroll: () => void;
}

/** Rows drawn beyond each edge, so that a quick scroll shows no blank. */
const MARGIN_ROWS = 6;

/** Height of a row in the style sheet, rem. */
const ROW_REM = 1.75;

interface Extent {
  readonly scrollTop: number;
  readonly heightPx: number;
  readonly rowPx: number;
}

export function useWindow(scroller: { readonly current: HTMLElement | null }, rows: number): RowWindow {
  const [extent, setExtent] = useState<Extent>({ scrollTop: 0, heightPx: 0, rowPx: 28 });
  const measure = () => {
    const element = scroller.current;
    if (element === null) return;
    const rowPx = ROW_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    setExtent({ scrollTop: element.scrollTop, heightPx: element.clientHeight, rowPx });
  };
  useLayoutEffect(() => {
    if (scroller.current === null) return;
    const observer = new ResizeObserver(measure);
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);
  const { scrollTop, heightPx, rowPx } = extent;
  const first = Math.max(0, Math.min(rows, Math.floor(scrollTop / rowPx) - MARGIN_ROWS));
  const end = Math.min(rows, Math.ceil((scrollTop + heightPx) / rowPx) + MARGIN_ROWS);
  return { first, end: Math.max(first, end), rowPx, onScroll: measure };
}
