/**
 * Regions of a two-level image: its connected components, with or without their holes.
 *
 * @module
 */
import type { BinaryImage, Components, Runs } from "./runs.js";
import { componentsOf, runsOf } from "./runs.js";

/** Numbers a span takes in {@link Region.spans}: row, first column, one past the last column, level. */
export const SPAN_STRIDE = 4;

/** One connected region. */
export interface Region {
  /** Pixels, filled holes included. */
  readonly areaPx: number;
  /** First column and row, and one past the last. */
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  /** Its pixels as `(row, start, end, level)`, in scan order; level 1 is foreground, 0 a filled hole. */
  readonly spans: Int32Array;
}

export interface RegionOptions {
  /** Whether background that foreground encloses belongs to the region, with all that lies in it. */
  readonly fillHoles: boolean;
  /** Least `areaPx` of a region. */
  readonly minAreaPx: number;
}

/**
 * The 8-connected regions of the foreground with at least `minAreaPx` pixels, in scan order of their first pixel.
 *
 * A hole is background from which no 4-connected way leads to the edge of the image.
 */
export function regionsOf(image: BinaryImage, options: RegionOptions): Region[] {
  return regionsOfRuns(runsOf(image), options);
}

/** The same of an image that is given as its runs. */
export function regionsOfRuns(runs: Runs, { fillHoles, minAreaPx }: RegionOptions): Region[] {
  const components = componentsOf(runs);
  const owners = fillHoles ? ownersOf(runs, components) : foregroundOf(runs, components);
  const areasPx = areasOf(runs, components, owners);
  // What is too small goes before anything is made of it: a noisy frame has ten thousand specks.
  const kept = new Int32Array(components.count).fill(-1);
  let count = 0;
  for (let component = 0; component < kept.length; component++) {
    if (owners[component] === component && areasPx[component] >= minAreaPx) kept[component] = count++;
  }
  const regionOfRun = new Int32Array(components.ofRun.length);
  for (let run = 0; run < regionOfRun.length; run++) {
    const owner = owners[components.ofRun[run]];
    regionOfRun[run] = owner < 0 ? -1 : kept[owner];
  }
  return gather(runs, regionOfRun, count);
}

/** Each foreground component owns itself; background (-1) belongs to nobody. */
function foregroundOf(runs: Runs, { count, ofRun }: Components): Int32Array {
  const owners = new Int32Array(count).fill(-1);
  for (let run = 0; run < ofRun.length; run++) if (runs.levels[run] === 1) owners[ofRun[run]] = ofRun[run];
  return owners;
}

/**
 * Which foreground component each component belongs to once holes are filled; -1 for the background outside.
 *
 * What lies left of a component's first run encloses it: the run is the topmost, so all around it up there is the one component of the
 * other level. Components come in the order of their first runs, so the enclosing one has its owner already.
 */
function ownersOf(runs: Runs, { count, ofRun }: Components): Int32Array {
  const outside = outsideOf(runs, { count, ofRun });
  const owners = new Int32Array(count);
  let next = 0;
  for (let run = 0; next < count; run++) {
    if (ofRun[run] !== next) continue;
    const enclosing = runs.starts[run] === 0 ? -1 : owners[ofRun[run - 1]];
    if (runs.levels[run] === 1) owners[next] = enclosing < 0 ? next : enclosing;
    else owners[next] = outside[next] === 1 ? -1 : enclosing;
    next += 1;
  }
  return owners;
}

/** Marks the components that reach the edge of the image. */
function outsideOf({ widthPx, heightPx, starts, ends, firstOfRow }: Runs, { count, ofRun }: Components): Uint8Array {
  const outside = new Uint8Array(count);
  for (let run = 0; run < ofRun.length; run++) {
    const atEdge = starts[run] === 0 || ends[run] === widthPx || run < firstOfRow[1] || run >= firstOfRow[heightPx - 1];
    if (atEdge) outside[ofRun[run]] = 1;
  }
  return outside;
}

function areasOf({ starts, ends }: Runs, { count, ofRun }: Components, owners: Int32Array): Float64Array {
  const areasPx = new Float64Array(count);
  for (let run = 0; run < ofRun.length; run++) {
    const owner = owners[ofRun[run]];
    if (owner >= 0) areasPx[owner] += ends[run] - starts[run];
  }
  return areasPx;
}

/** Collects the runs of each region; `regionOfRun` is -1 for runs of none. */
function gather(
  { heightPx, starts, ends, levels, firstOfRow }: Runs,
  regionOfRun: Int32Array,
  count: number,
): Region[] {
  const sizes = new Int32Array(count);
  for (let run = 0; run < regionOfRun.length; run++) if (regionOfRun[run] >= 0) sizes[regionOfRun[run]] += SPAN_STRIDE;
  const spans = Array.from(sizes, (size) => new Int32Array(size));
  const filled = new Int32Array(count);
  for (let y = 0; y < heightPx; y++) {
    for (let run = firstOfRow[y]; run < firstOfRow[y + 1]; run++) {
      const region = regionOfRun[run];
      if (region < 0) continue;
      const at = filled[region];
      filled[region] += SPAN_STRIDE;
      const target = spans[region];
      target[at] = y;
      target[at + 1] = starts[run];
      target[at + 2] = ends[run];
      target[at + 3] = levels[run];
    }
  }
  return spans.map(regionFrom);
}

function regionFrom(spans: Int32Array): Region {
  let areaPx = 0;
  let x0 = spans[1];
  let x1 = spans[2];
  for (let at = 0; at < spans.length; at += SPAN_STRIDE) {
    areaPx += spans[at + 2] - spans[at + 1];
    x0 = Math.min(x0, spans[at + 1]);
    x1 = Math.max(x1, spans[at + 2]);
  }
  return { areaPx, x0, y0: spans[0], x1, y1: spans[spans.length - SPAN_STRIDE] + 1, spans };
}
