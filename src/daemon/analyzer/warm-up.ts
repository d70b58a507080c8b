/**
 * A few frames of no consequence before the first: JavaScript is slow until the engine has seen it run, and the first frames of an experiment would
 * take ten times as long as those after them.
 *
 * @module
 */
import { DEFAULT_SETTINGS } from "../../stream/base/settings.js";
import type { FrameSeq } from "../../stream/base/units.js";
import type { FrameIn } from "./messages.js";
import type { Pipeline } from "./pipeline.js";

/** As many as make the later ones no faster: about 200 ms, of the two seconds that a start takes. */
const FRAMES = 24;
const EDGE_PX = 256;
const DISC_PX = 32;

/**
 * Analyses frames that nobody sees, with the segmenter that costs least: what Mask R-CNN does beside the inference, which is native code, is the
 * same. Never rejects: whatever is wrong here is better said of a real frame.
 */
export async function warmUp(pipeline: Pipeline): Promise<void> {
  for (let i = 0; i < FRAMES; i++) {
    const decoded = await pipeline.decode(frame(i));
    await pipeline.analyze([decoded]).catch(() => undefined);
  }
}

function frame(index: number): FrameIn {
  return {
    op: "frame",
    seq: 0 as FrameSeq,
    payload: {
      kind: "pixels",
      widthPx: EDGE_PX,
      heightPx: EDGE_PX,
      type: "u8",
      byteOrder: "little",
      pixelSizeNm: null,
      acquiredAtMs: null,
      exposureMs: null,
      bytes: discs(index),
    },
    settings: { ...DEFAULT_SETTINGS, filter: "none", segmenter: "threshold" },
    displayRange: null,
    sigmaBefore: null,
    previews: ["raw"],
  };
}

/** Discs on a grid, of sizes that differ, over noise of a linear congruential generator (Numerical Recipes). */
function discs(seed: number): Uint8Array {
  const pixels = new Uint8Array(EDGE_PX * EDGE_PX);
  let state = seed;
  for (let i = 0; i < pixels.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const x = (i % DISC_PX) - DISC_PX / 2;
    const y = (Math.floor(i / EDGE_PX) % DISC_PX) - DISC_PX / 2;
    const isIn = x * x + y * y < 60 + ((i >> 5) & 7) * 8;
    pixels[i] = (isIn ? 150 : 60) + (state >>> 28);
  }
  return pixels;
}
