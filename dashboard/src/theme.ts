/**
 * Dark or light: what the system says, or what the reader chose, remembered.
 *
 * @module
 */
import type { ReadonlyCell } from "./state/cell.js";
import { createCell } from "./state/cell.js";

export type Theme = "dark" | "light";

export interface ThemeChoice {
  /** The theme in force. */
  readonly theme: ReadonlyCell<Theme>;
  /** Changes to the other one and remembers it. */
  toggle(): void;
}

const STORAGE_KEY = "ostwald.theme";

/** Applies the theme to `root` (`data-theme`) and keeps it applied. */
export function createTheme(root: HTMLElement): ThemeChoice {
  const system = window.matchMedia("(prefers-color-scheme: light)");
  let chosen = remembered();
  const theme = createCell<Theme>("dark");
  const update = () => {
    const next = chosen ?? (system.matches ? "light" : "dark");
    root.setAttribute("data-theme", next);
    theme.set(next);
  };
  system.addEventListener("change", update);
  update();
  return {
    theme,
    toggle() {
      chosen = theme.get() === "dark" ? "light" : "dark";
      remember(chosen);
      update();
    },
  };
}

function remembered(): Theme | null {
  try {
    const value = localStorage.getItem(STORAGE_KEY);
    return value === "dark" || value === "light" ? value : null;
  } catch {
    // Storage can be forbidden; the choice then lasts as long as the page.
    return null;
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // As above.
  }
}
