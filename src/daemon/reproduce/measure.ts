/**
 * A set of frames, recognised by several methods and judged.
 *
 * @module
 */
import type { Frame, GreyImage } from "../../stream/base/frame.js";
import type { AnalysisSettings } from "../../stream/base/settings.js";
import { sizeHistogram } from "../analysis/histogram.js";
import { intensityHistogram, toGreyImage } from "../analysis/intensity.js";
import type { Recogniser } from "../analyzer/recogniser.js";
import type { FoundParticle } from "../evaluation/found.js";
import { type FrameJudgement, judgeFrame } from "../evaluation/judge.js";
import { foundInRange, scoreOf } from "../evaluation/score.js";
import type { FrameTruth } from "../evaluation/truth.js";
import type { FrameSet, FrameSetId } from "./frame-sets.js";
import type { Measurement } from "./goals.js";
import { type Method, type MethodId, settingsOf } from "./methods.js";
import type { NamedSample, Samples } from "./samples.js";

/** What one method made of the frame that is shown. */
export interface Shown {
  readonly found: readonly FoundParticle[];
  readonly judgement: FrameJudgement;
  /** Counts of the grey levels 0..255 after the filter. */
  readonly levels: Uint32Array;
}

export interface MethodResult {
  readonly method: Method;
  readonly measurement: Measurement;
  readonly shown: Shown;
  /** Of all reported particles, px2. */
  readonly areasPx2: readonly number[];
}

/** The frame of a set that a report shows: its first. */
export interface Specimen {
  readonly name: string;
  readonly image: GreyImage;
  readonly truth: FrameTruth;
  /** Counts of its grey levels 0..255. */
  readonly levels: Uint32Array;
}

/** A set by its name. */
interface NamedSet {
  readonly id: FrameSetId;
  readonly set: FrameSet;
}

/** A set with what every method came to. */
export interface MeasuredSet extends NamedSet {
  readonly skipped: null;
  readonly specimen: Specimen;
  readonly trueAreasPx2: readonly number[];
  readonly results: readonly MethodResult[];
}

/** The same, or why it was skipped. */
export type SetResult = MeasuredSet | (NamedSet & { readonly skipped: string });

/** A set whose frames are at hand. */
export interface OpenedSet extends NamedSet {
  readonly opened: Samples;
}

export interface MeasureOptions {
  readonly methods: readonly Method[];
  readonly recogniser: Recogniser;
  /** Called after each frame. */
  readonly step: () => void;
  /** Ends the work by its own reason. */
  readonly signal: AbortSignal;
}

/** Recognises all frames of a set by all methods. Raises what recognition and reading raise. */
export async function measureSet({ id, set, opened }: OpenedSet, options: MeasureOptions): Promise<SetResult> {
  if (opened.skipped !== null) return { id, set, skipped: opened.skipped };
  const tallies = options.methods.map((method) => new Tally(method, set));
  const trueAreasPx2: number[] = [];
  let specimen: Specimen | null = null;
  for await (const sample of opened.samples) {
    options.signal.throwIfAborted();
    const { grey } = toGreyImage(sample.frame);
    specimen ??= specimenOf(sample, grey);
    trueAreasPx2.push(...sample.truth.particles.flatMap(({ mask }) => (mask === null ? [] : [mask.areaPx2])));
    await recogniseAll(sample, grey, tallies, options.recogniser);
    options.step();
  }
  if (specimen === null) throw new RangeError(`the set ${id} has no frame`);
  return { id, set, skipped: null, specimen, trueAreasPx2, results: tallies.map((tally) => tally.result()) };
}

function specimenOf({ name, truth }: NamedSample, image: GreyImage): Specimen {
  return { name, image, truth, levels: intensityHistogram(image.levels) };
}

async function recogniseAll(
  { frame, truth }: NamedSample,
  grey: GreyImage,
  tallies: readonly Tally[],
  recogniser: Recogniser,
): Promise<void> {
  // Two segmenters see the same filtered frame, and a filter takes longer than either.
  const byFilter = new Map<string, Promise<GreyImage>>();
  for (const tally of tallies) {
    const { settings } = tally;
    const key = filterKey(settings);
    const filtering = byFilter.get(key) ?? recogniser.filtered(grey, settings);
    byFilter.set(key, filtering);
    const filtered = await filtering;
    tally.add({ frame, truth, filtered, found: await recogniser.found(filtered, frame, settings) });
  }
}

function filterKey({ filter, gaussianKernelPx, gaussianSigmaPx, nlmH }: AnalysisSettings): string {
  return JSON.stringify({ filter, gaussianKernelPx, gaussianSigmaPx, nlmH });
}

interface Recognised {
  readonly frame: Frame;
  readonly truth: FrameTruth;
  readonly filtered: GreyImage;
  readonly found: readonly FoundParticle[];
}

/** What a method came to so far. */
class Tally {
  readonly settings: AnalysisSettings;
  readonly #method: Method;
  readonly #set: FrameSet;
  readonly #judgements: FrameJudgement[] = [];
  readonly #areasPx2: number[] = [];
  #levelsCounted = 1;
  #shown: Shown | null = null;

  constructor(method: Method, set: FrameSet) {
    this.settings = settingsOf(method, set.leastThresholdAreaPx2);
    this.#method = method;
    this.#set = set;
  }

  add({ truth, filtered, found }: Recognised): void {
    const judgement = judgeFrame(found, truth);
    const levels = intensityHistogram(filtered.levels);
    this.#judgements.push(judgement);
    this.#areasPx2.push(...found.map(({ ecdPx }) => (Math.PI / 4) * ecdPx * ecdPx));
    this.#levelsCounted = Math.min(this.#levelsCounted, sumOf(levels) / filtered.levels.length);
    this.#shown ??= { found, judgement, levels };
  }

  result(): MethodResult {
    if (this.#shown === null) throw new RangeError(`${this.#method.id} was given no frame`);
    const sizesPx = this.#set.kind === "shared" ? this.#set.sizesPx : null;
    const counted = sumOf(sizeHistogram(Float64Array.from(this.#areasPx2).sort()).counts);
    const measurement: Measurement = {
      score: scoreOf(this.#judgements),
      inRange: sizesPx === null ? null : foundInRange(this.#judgements, sizesPx),
      levelsCounted: this.#levelsCounted,
      areasCounted: this.#areasPx2.length === 0 ? 1 : counted / this.#areasPx2.length,
    };
    return { method: this.#method, measurement, shown: this.#shown, areasPx2: this.#areasPx2 };
  }
}

function sumOf(counts: Iterable<number>): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

/** The result of a method on a set; `null` where it was not asked for, or the set was skipped. */
export function resultOf(set: SetResult, method: MethodId): MethodResult | null {
  return set.skipped === null ? (set.results.find((result) => result.method.id === method) ?? null) : null;
}
