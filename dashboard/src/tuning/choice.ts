/**
 * What may be tuned on a frame, and what a preview needs. Shared by the page and its worker.
 *
 * @module
 */
import type { AnalysisSettings } from "../../../src/stream/base/settings.js";

/** Filters that the browser computes; `unet` stays with the daemon. */
export const TUNED_FILTERS = ["none", "gaussian", "nlm"] as const;
export type TunedFilter = (typeof TUNED_FILTERS)[number];

/** A filter with its strength. All fields are there, so that changing the filter forgets none. */
export interface Choice {
  readonly filter: TunedFilter;
  readonly gaussianKernelPx: number;
  readonly gaussianSigmaPx: number;
  readonly nlmH: number;
}

/** What computes a preview, the first that works: in this order. */
export const COMPUTERS = ["webgl2", "wasm", "cpu"] as const;
export type ComputerName = (typeof COMPUTERS)[number];

/** An 8-bit grey image, row-major. */
export interface GreyLevels {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly levels: Uint8Array<ArrayBuffer>;
}

/** Filters 8-bit frames, equal to the daemon's filters level for level. */
export interface Computer {
  readonly description: string;
  filter(image: GreyLevels, choice: Choice): Uint8Array<ArrayBuffer>;
}

/** Page to worker. */
export interface PreviewJob {
  readonly image: GreyLevels;
  readonly choice: Choice;
  /** Other than the first that works. */
  readonly computer: ComputerName | null;
}

/** Worker to page. */
export type PreviewResult =
  | {
      readonly kind: "done";
      readonly levels: Uint8Array<ArrayBuffer>;
      readonly elapsedMs: number;
      readonly computedBy: string;
    }
  | { readonly kind: "failed"; readonly problem: string };

/** The part of the settings that a choice changes: the filter and its own strength. */
export function settingsOf({ filter, gaussianKernelPx, gaussianSigmaPx, nlmH }: Choice): Partial<AnalysisSettings> {
  if (filter === "gaussian") return { filter, gaussianKernelPx, gaussianSigmaPx };
  return filter === "nlm" ? { filter, nlmH } : { filter };
}

/** A choice in words. */
export function choiceText({ filter, gaussianKernelPx, gaussianSigmaPx, nlmH }: Choice): string {
  if (filter === "gaussian") return `Gaussian ${gaussianKernelPx} px, sigma ${gaussianSigmaPx} px`;
  return filter === "nlm" ? `NLM h ${nlmH}` : "No filter";
}

/** Where tuning begins: at the settings in force; an automatic strength at `lastH`, the one it last came to. */
export function choiceFrom(settings: AnalysisSettings, lastH: number): Choice {
  const { filter, gaussianKernelPx, gaussianSigmaPx, nlmH } = settings;
  return {
    filter: TUNED_FILTERS.find((tuned) => tuned === filter) ?? "none",
    gaussianKernelPx,
    gaussianSigmaPx,
    nlmH: typeof nlmH === "number" ? nlmH : Math.round(lastH),
  };
}
