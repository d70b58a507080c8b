/**
 * Loaded into every process and thread of a daemon by `--import`: the clock of the wall goes by the number of ms in the file that `JUMPING_CLOCK` names, beside
 * the real one. What never jumps stays as it is.
 */
import { readFileSync } from "node:fs";

const RealDate = Date;
const realNow = Date.now;
let offsetMs = 0;
let readAtMs = Number.NEGATIVE_INFINITY;

function now() {
  if (performance.now() - readAtMs > 20) {
    readAtMs = performance.now();
    try {
      offsetMs = Number(readFileSync(process.env.JUMPING_CLOCK, "utf8"));
    } catch {
      offsetMs = 0;
    }
  }
  return realNow() + offsetMs;
}

globalThis.Date = class extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(now());
    else super(...values);
  }

  static now() {
    return now();
  }
};
