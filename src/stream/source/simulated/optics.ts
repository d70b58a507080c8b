/**
 * From thickness to electrons: the beam through particles, liquid and windows (Yao et al., ACS Cent. Sci. 2020, 6, 1421).
 *
 * @module
 */
import { mtfKernel } from "./mtf.js";
import { exp } from "./portable-math.js";
import { type SceneSpec, SIZE_CUTOFF_SD, sceneMeanFreePathsNm, scenePixelSizeNm } from "./scene-spec.js";
import { greatestThicknessNm, type Shape, scaled } from "./shape.js";

const SQUARE_ANGSTROM_PER_NM2 = 100;

/** Electrons that fall on one pixel during the exposure: `dose rate * 100 * s^2 * exposure`, with s in nm/px. */
export function incidentElectrons(spec: SceneSpec): number {
  const pixelSizeNm = scenePixelSizeNm(spec);
  return spec.doseRate * SQUARE_ANGSTROM_PER_NM2 * pixelSizeNm * pixelSizeNm * spec.exposureS;
}

/**
 * Electrons that a pixel detects on average under particles of a total thickness in nm, before inversion.
 *
 * Particles displace the liquid; where they are thicker than it, they bulge the windows and no liquid is left.
 */
export function detectedElectrons(spec: SceneSpec): (thicknessNm: number) => number {
  const paths = sceneMeanFreePathsNm(spec);
  const incident = incidentElectrons(spec);
  const windows = (2 * spec.windowThicknessNm) / paths.window;
  const liquidNm = spec.liquidThicknessNm;
  const scattered = spec.modality === "haadf";
  return (thicknessNm) => {
    const liquid = Math.max(0, liquidNm - thicknessNm) / paths.liquid;
    const passed = exp(-(thicknessNm / paths.particle + liquid + windows));
    return incident * (scattered ? 1 - passed : passed);
  };
}

/** Electrons that a pixel detects on average where there is no particle. */
export function backgroundElectrons(spec: SceneSpec): number {
  return detectedElectrons(spec)(0);
}

/** Noise of one pixel of the background before the detector's point spread, electrons squared. */
export interface Noise {
  readonly shotVariance: number;
  readonly readVariance: number;
  /** What the point spread leaves of the standard deviation, 0..1. */
  readonly spreadFactor: number;
}

/**
 * The noise of a scene. With an SNR the read noise is what makes `background / standard deviation` come out at it in the finished
 * frame: `sigma = background / SNR` without shot noise and point spread. A negative `readVariance` means that it cannot.
 */
export function noiseOf(spec: SceneSpec): Noise {
  const background = backgroundElectrons(spec);
  const shotVariance = spec.shotNoise ? background : 0;
  const kernel = mtfKernel(spec.mtfSigmaPx);
  // White noise under a separable kernel keeps sum(k^2) of its standard deviation, sqrt of that for each axis.
  const spreadFactor = kernel.reduce((sum, weight) => sum + weight * weight, 0);
  if (spec.snr === null) {
    return { shotVariance, readVariance: spec.readNoiseElectrons * spec.readNoiseElectrons, spreadFactor };
  }
  const sigma = background / (spec.snr * spreadFactor);
  return { shotVariance, readVariance: sigma * sigma - shotVariance, spreadFactor };
}

/** Signals of a scene on one scale: `value = slope * electrons + offset`, clipped to the range of the depth and rounded. */
export interface GreyScale {
  readonly slope: number;
  readonly offset: number;
  /** Largest value an integer pixel can have; `null` for float. */
  readonly ceiling: number | null;
}

/**
 * The fixed mapping from electrons to pixel values of all frames of a scene.
 *
 * 16 bit and float carry counts (electrons times gain); 8 bit carries `255 * electrons / full scale`, so that 0 stays 0 and the SNR
 * of the background is the same at every depth. Inversion mirrors about the background.
 */
export function greyScale(spec: SceneSpec): GreyScale {
  const scale = spec.depth === "8" ? 255 / (spec.fullScaleElectrons ?? fullScaleElectrons(spec)) : spec.gain;
  const ceiling = spec.depth === "8" ? 255 : spec.depth === "16" ? 65_535 : null;
  if (spec.modality !== "bf-inverted") return { slope: scale, offset: 0, ceiling };
  return { slope: -scale, offset: 2 * backgroundElectrons(spec) * scale, ceiling };
}

/** The brightest signal expected, under the thickest particle, and 4 standard deviations of the noise above it. */
function fullScaleElectrons(spec: SceneSpec): number {
  const background = backgroundElectrons(spec);
  const detected = detectedElectrons(spec);
  const thickest = Math.max(...spec.kinds.map((kind) => greatestThicknessNm(largest(kind.shape, kind.relativeSd))));
  const particle = spec.modality === "bf-inverted" ? 2 * background - detected(thickest) : detected(thickest);
  const { shotVariance, readVariance, spreadFactor } = noiseOf(spec);
  const brightest = Math.max(background, particle);
  const variance = readVariance + (shotVariance * brightest) / background;
  return brightest + 4 * spreadFactor * Math.sqrt(variance);
}

function largest(shape: Shape, relativeSd: number): Shape {
  return scaled(shape, 1 + SIZE_CUTOFF_SD * relativeSd);
}
