/**
 * Which variant of non-local means runs.
 *
 * @module
 */
import type { GreyImage } from "../stream/base/frame.js";
import type { FrameBatch } from "./gpu/batches.js";
import { type NlmVariant, nlmVariants, PLAIN_VARIANT, variantName, variantNeeds } from "./kernels/nlm/nlm-variants.js";
import type { TuningCache } from "./tuning-cache.js";

/** What a kernel needs of a device. */
export type VariantLimits = Pick<
  GPUSupportedLimits,
  "maxComputeInvocationsPerWorkgroup" | "maxComputeWorkgroupStorageSize"
>;

/** Chooses a variant for a batch. */
export interface VariantChoice {
  /** `run` filters the batch with a variant, to measure it. Raises what `run` raises. */
  choose(batch: FrameBatch, limits: VariantLimits, run: VariantRun): Promise<NlmVariant>;
}

/** Filters one and the same batch. */
export type VariantRun = (variant: NlmVariant) => Promise<readonly GreyImage[]>;

/** Always the same: for software adapters, where measuring takes longer than it saves. */
export class FixedVariant implements VariantChoice {
  readonly #variant: NlmVariant;

  constructor(variant: NlmVariant = PLAIN_VARIANT) {
    this.#variant = variant;
  }

  choose(): Promise<NlmVariant> {
    return Promise.resolve(this.#variant);
  }
}

/** Runs of each variant that are timed; the least counts. One before them compiles it. */
const TIMED_RUNS = 3;
/** Smaller batches take no time that could be saved. */
const LEAST_PIXELS = 1024;
/** A variant so many times slower than the best is not timed again. */
const HOPELESS = 1.3;

/**
 * The fastest on this adapter, measured on the first batch of about so many pixels, once, and remembered. Results do not depend on it:
 * every variant gives the same bits.
 */
export class MeasuredVariant implements VariantChoice {
  readonly #cache: TuningCache;
  readonly #clockMs: () => number;
  readonly #chosen = new Map<string, Promise<NlmVariant>>();

  constructor(cache: TuningCache, clockMs: () => number = () => performance.now()) {
    this.#cache = cache;
    this.#clockMs = clockMs;
  }

  choose(batch: FrameBatch, limits: VariantLimits, run: VariantRun): Promise<NlmVariant> {
    if (pixelsOf(batch) < LEAST_PIXELS) return Promise.resolve(PLAIN_VARIANT);
    const key = tuningKey(batch);
    const known = this.#chosen.get(key);
    if (known !== undefined) return known;
    const chosen = this.#decide(key, variantsWithin(batch, limits), run);
    this.#chosen.set(key, chosen);
    return chosen;
  }

  async #decide(key: string, variants: readonly NlmVariant[], run: VariantRun): Promise<NlmVariant> {
    const remembered = await this.#cache.get(key);
    const known = variants.find((variant) => variantName(variant) === remembered);
    if (known !== undefined) return known;
    try {
      const fastest = await this.#measure(variants, run);
      await this.#cache.set(key, variantName(fastest));
      return fastest;
    } catch (error) {
      // The device is gone. Whatever variant it was, the next device does not meet it again.
      await this.#cache.set(key, variantName(PLAIN_VARIANT));
      throw error;
    }
  }

  async #measure(variants: readonly NlmVariant[], run: VariantRun): Promise<NlmVariant> {
    let best = { variant: PLAIN_VARIANT, ms: Infinity };
    const expected = await run(PLAIN_VARIANT);
    for (const variant of variants) {
      if (!areEqual(await run(variant), expected)) continue;
      let ms = Infinity;
      for (let i = 0; i < TIMED_RUNS && (i === 0 || ms < HOPELESS * best.ms); i += 1) {
        const startedAtMs = this.#clockMs();
        await run(variant);
        ms = Math.min(ms, this.#clockMs() - startedAtMs);
      }
      if (ms < best.ms) best = { variant, ms };
    }
    return best.variant;
  }
}

/** Batches of about the same number of pixels, to a factor of two, share a choice: few measurements, however many sizes come. */
export function tuningKey(batch: FrameBatch): string {
  return `nlm-${batch.depth} 2^${Math.round(Math.log2(pixelsOf(batch)))}`;
}

function pixelsOf({ widthPx, heightPx, images }: FrameBatch): number {
  return widthPx * heightPx * images.length;
}

/** A variant that a driver compiles wrongly is none, however fast. */
function areEqual(actual: readonly GreyImage[], expected: readonly GreyImage[]): boolean {
  return expected.every(({ levels }, i) => {
    const others = actual[i]?.levels ?? [];
    return levels.every((level, k) => level === others[k]);
  });
}

function variantsWithin({ depth }: FrameBatch, limits: VariantLimits): readonly NlmVariant[] {
  return nlmVariants(depth).filter((variant) => {
    const { threads, workgroupBytes } = variantNeeds(variant);
    return (
      threads <= limits.maxComputeInvocationsPerWorkgroup && workgroupBytes <= limits.maxComputeWorkgroupStorageSize
    );
  });
}
