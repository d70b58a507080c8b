/**
 * A two-level image as horizontal runs, and the connected components they form.
 *
 * @module
 */

/** Which pixels are foreground (1) and which are not (0), row-major. */
export interface BinaryImage {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly values: Uint8Array;
}

/** The runs of an image: maximal pieces of rows of one level, in scan order; within a row the levels alternate. */
export interface Runs {
  readonly widthPx: number;
  readonly heightPx: number;
  /** First column of each run. */
  readonly starts: Int32Array;
  /** One past the last column of each run. */
  readonly ends: Int32Array;
  /** Level of each run, 0 or 1. */
  readonly levels: Uint8Array;
  /** Run `r` lies on row `y` where `firstOfRow[y] <= r < firstOfRow[y + 1]`. */
  readonly firstOfRow: Int32Array;
}

/** Encodes an image, at least 1 x 1 px. */
export function runsOf({ widthPx, heightPx, values }: BinaryImage): Runs {
  const count = countRuns(values, widthPx, heightPx);
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  const levels = new Uint8Array(count);
  const firstOfRow = new Int32Array(heightPx + 1);
  let run = 0;
  for (let y = 0; y < heightPx; y++) {
    firstOfRow[y] = run;
    const row = y * widthPx;
    for (let x = 0; x < widthPx; run++) {
      const level = values[row + x];
      starts[run] = x;
      do x += 1;
      while (x < widthPx && values[row + x] === level);
      ends[run] = x;
      levels[run] = level;
    }
  }
  firstOfRow[heightPx] = run;
  return { widthPx, heightPx, starts, ends, levels, firstOfRow };
}

/** One run a row and one more at every change of level; summed, not tested, because noise makes every test a gamble. */
function countRuns(values: Uint8Array, widthPx: number, heightPx: number): number {
  let count = heightPx;
  for (let y = 0; y < heightPx; y++) {
    const end = (y + 1) * widthPx;
    for (let i = y * widthPx + 1; i < end; i++) count += values[i] ^ values[i - 1];
  }
  return count;
}

/** The component of each run: components are numbered from 0 in scan order of their first run. */
export interface Components {
  readonly count: number;
  readonly ofRun: Int32Array;
}

/** Joins runs into components: foreground over edges and corners (8-connected), background over edges only (4-connected), as topology asks. */
export function componentsOf(runs: Runs): Components {
  const parents = new Int32Array(runs.starts.length);
  for (let run = 0; run < parents.length; run++) parents[run] = run;
  for (let y = 1; y < runs.heightPx; y++) joinRows(runs, y, parents);
  return numbered(parents);
}

function joinRows({ ends, levels, firstOfRow }: Runs, y: number, parents: Int32Array): void {
  const aboveEnd = firstOfRow[y];
  const belowEnd = firstOfRow[y + 1];
  let above = firstOfRow[y - 1];
  let below = aboveEnd;
  while (above < aboveEnd && below < belowEnd) {
    if (levels[above] === levels[below]) join(parents, above, below);
    const ahead = ends[above] - ends[below];
    // Both end here, one of each level: the two foreground runs meet at a corner.
    if (ahead === 0 && above + 1 < aboveEnd && levels[above] !== levels[below]) {
      if (levels[above] === 1) join(parents, above, below + 1);
      else join(parents, above + 1, below);
    }
    if (ahead <= 0) above += 1;
    if (ahead >= 0) below += 1;
  }
}

/** The first run of the component that `run` belongs to so far; shortens the way for the next search. */
function rootOf(parents: Int32Array, run: number): number {
  let root = run;
  while (parents[root] !== root) {
    parents[root] = parents[parents[root]];
    root = parents[root];
  }
  return root;
}

function join(parents: Int32Array, a: number, b: number): void {
  const rootA = rootOf(parents, a);
  const rootB = rootOf(parents, b);
  if (rootA < rootB) parents[rootB] = rootA;
  else parents[rootA] = rootB;
}

function numbered(parents: Int32Array): Components {
  const ofRun = new Int32Array(parents.length);
  let count = 0;
  for (let run = 0; run < parents.length; run++) {
    const root = rootOf(parents, run);
    ofRun[run] = root === run ? count++ : ofRun[root];
  }
  return { count, ofRun };
}
