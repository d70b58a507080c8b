/**
 * The kernels of the preview, in the part of JavaScript that gpu.js translates: to GLSL for WebGL2, to a loop for the CPU.
 *
 * They are text because gpu.js reads the source of a kernel, and a bundler rewrites the source of a function. Every value is an integer
 * below 2^24, or one divided by a power of two, so that float32 holds it exactly and every computer gives the same levels.
 *
 * @module
 */

/** Moves an array to where the kernels run, once. */
export const UPLOAD = `function (values) {
  return values[this.thread.x];
}`;

/** Rows of a frame with its border, weighted by the taps along x: sums of 255 * 256 at most. */
export const GAUSSIAN_ALONG = `function (source, taps) {
  let sum = 0;
  for (let i = 0; i < this.constants.kernelPx; i++) {
    sum += taps[i] * source[this.thread.y * this.constants.stridePx + this.thread.x + i];
  }
  return sum;
}`;

/** The same along y, and OpenCV's rounding: (sum + 32768) >> 16, below 2^24. */
export const GAUSSIAN_DOWN = `function (along, taps) {
  let sum = 0;
  for (let i = 0; i < this.constants.kernelPx; i++) {
    sum += taps[i] * along[this.thread.y + i][this.thread.x];
  }
  return Math.floor((sum + 32768) * 0.0000152587890625);
}`;

/** For each of the 441 offsets z: squared differences summed over the 7 pixels of a patch's row, 7 * 255^2 at most. */
export const NLM_ROW_SUMS = `function (source, top) {
  const offsetY = Math.floor((this.thread.z + 0.5) / 21);
  const offsetX = this.thread.z - 21 * offsetY;
  const p = (this.thread.y + top + 10) * this.constants.stridePx + this.thread.x + 10;
  const q = p + (offsetY - 10) * this.constants.stridePx + offsetX - 10;
  let sum = 0;
  for (let i = 0; i < 7; i++) {
    const difference = source[p + i] - source[q + i];
    sum += difference * difference;
  }
  return sum;
}`;

/**
 * The mean of 441 pixels, each weighted by the table. Their weighted sum reaches 2^31: it is kept as high * 4096 + low. The quotient is
 * guessed and then corrected by its remainder, which is exact.
 */
export const NLM_MEAN = `function (rowSums, table, source, top) {
  let weights = 0;
  let high = 0;
  let low = 0;
  for (let z = 0; z < 441; z++) {
    let ssd = 0;
    for (let i = 0; i < 7; i++) {
      ssd += rowSums[z][this.thread.y + i][this.thread.x];
    }
    const weight = table[Math.min(Math.floor(ssd * 0.015625), this.constants.lastEntry)];
    const offsetY = Math.floor((z + 0.5) / 21);
    const q = (this.thread.y + top + offsetY + 3) * this.constants.stridePx + this.thread.x + z - 21 * offsetY + 3;
    const product = weight * source[q];
    const part = Math.floor(product * 0.000244140625);
    weights += weight;
    high += part;
    low += product - 4096 * part;
  }
  const weightsHigh = Math.floor(weights * 0.000244140625);
  const weightsLow = weights - 4096 * weightsHigh;
  let level = Math.floor((high * 4096 + low) / weights + 0.5);
  const rest = (high - level * weightsHigh) * 4096 + (low - level * weightsLow) + Math.floor(weights * 0.5);
  if (rest < 0) {
    level -= 1;
  }
  if (rest >= weights) {
    level += 1;
  }
  return level;
}`;
