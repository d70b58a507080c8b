/**
 * Otsu's threshold, as OpenCV computes it.
 *
 * @module
 */
const BINS = 256;

/** OpenCV leaves out thresholds with next to nothing on one side; its FLT_EPSILON. */
const LEAST_SHARE = 1.1920928955078125e-7;

/** A threshold on the grey scale 0..255 and what lies on its two sides. */
export interface OtsuThreshold {
  /** Grey levels above it are the bright class: 0..255, an integer. */
  readonly threshold: number;
  /** Mean of the bright class less mean of the dark one, grey levels; 0 where the image has one level only. */
  readonly contrast: number;
}

/**
 * The threshold that separates two classes of grey levels best: the largest variance between them (Otsu 1979).
 *
 * Equals `cv2.threshold(image, 0, 255, THRESH_BINARY | THRESH_OTSU)`; every sum is in the order of OpenCV's getThreshVal_Otsu_8u,
 * because equal maxima are told apart by the last bit.
 */
export function otsuThreshold(counts: Uint32Array): OtsuThreshold {
  const scale = 1 / counts.reduce((sum, count) => sum + count, 0);
  let mean = 0;
  for (let level = 0; level < BINS; level++) mean += level * counts[level];
  mean *= scale;

  let darkShare = 0;
  let darkMean = 0;
  let best = { threshold: 0, contrast: 0 };
  let largestVariance = 0;
  for (let level = 0; level < BINS; level++) {
    const share = counts[level] * scale;
    darkMean *= darkShare;
    darkShare += share;
    const brightShare = 1 - darkShare;
    if (Math.min(darkShare, brightShare) < LEAST_SHARE || Math.max(darkShare, brightShare) > 1 - LEAST_SHARE) continue;
    darkMean = (darkMean + level * share) / darkShare;
    const brightMean = (mean - darkShare * darkMean) / brightShare;
    const variance = darkShare * brightShare * (darkMean - brightMean) * (darkMean - brightMean);
    if (variance <= largestVariance) continue;
    largestVariance = variance;
    best = { threshold: level, contrast: brightMean - darkMean };
  }
  return best;
}
