/**
 * Exposes frames: from bodies in the specimen plane to pixels and their truth.
 *
 * @module
 */
import type { Frame, PixelData } from "../../base/frame.js";
import { pixelSizeNmFrom } from "../../base/units.js";
import { type Body, footprintOf } from "./body.js";
import { mtfKernel, spread } from "./mtf.js";
import { addNoise, type NoiseSettings } from "./noise.js";
import { detectedElectrons, type GreyScale, greyScale, noiseOf } from "./optics.js";
import { liesWithin, viewOf } from "./placement.js";
import { createRandom, type Random } from "./random.js";
import { scanBody } from "./raster.js";
import { type MotionBlur, type SceneSpec, scenePixelSizeNm } from "./scene-spec.js";
import { greatestThicknessNm, projectedAreaNm2 } from "./shape.js";
import type { TrueParticle, Truth } from "./truth.js";

/** A frame and what is in it. */
export interface SimulatedFrame {
  readonly frame: Frame;
  readonly truth: Truth;
}

/** A body that is in the picture. */
interface Visible {
  readonly body: Body;
  readonly maskAreaPx2: number;
  readonly labelAreaPx2: number;
}

/**
 * The camera of one scene. It keeps its work space from frame to frame; what it hands out is the caller's own.
 *
 * Its noise goes on from frame to frame: the n-th frame of two cameras of one seed is the same.
 */
export class Camera {
  readonly #spec: SceneSpec;
  readonly #noise: NoiseSettings;
  readonly #random: Random;
  readonly #walks: Random;
  readonly #thicknessNm: Float32Array;
  readonly #electrons: Float32Array;
  readonly #scratch: Float32Array;

  /** `spec` has been checked; `seed` is a whole number 0..2^53 - 1. */
  constructor(spec: SceneSpec, seed: number) {
    const pixels = spec.widthPx * spec.heightPx;
    this.#spec = spec;
    this.#noise = { shotNoise: spec.shotNoise, readSigma: Math.sqrt(noiseOf(spec).readVariance) };
    this.#random = createRandom(seed, "noise");
    this.#walks = createRandom(seed, "exposure");
    this.#thicknessNm = new Float32Array(pixels);
    this.#electrons = new Float32Array(pixels);
    this.#scratch = new Float32Array(pixels);
  }

  /** The next frame, of these bodies; of two that overlap the later one is on top. */
  expose(bodies: readonly Body[]): SimulatedFrame {
    const { widthPx, heightPx, motionBlur, mtfSigmaPx } = this.#spec;
    const labels = new Uint16Array(widthPx * heightPx);
    const visible = this.#stamp(bodies, labels);
    if (motionBlur !== null) this.#stampWalks(bodies, motionBlur);
    this.#collect();
    addNoise(this.#electrons, this.#noise, this.#random, this.#scratch);
    if (mtfSigmaPx > 0) {
      spread({ widthPx, heightPx, values: this.#electrons }, mtfKernel(mtfSigmaPx), this.#scratch);
    }
    const pixelSizeNm = pixelSizeNmFrom(scenePixelSizeNm(this.#spec));
    const pixels = quantised(this.#electrons, greyScale(this.#spec));
    return {
      frame: { widthPx, heightPx, pixels, pixelSizeNm, acquiredAtMs: null },
      truth: truthOf(this.#spec, labels, visible),
    };
  }

  /** Adds bodies to labels and, standing still, to the thickness map; tells which have at least one pixel. */
  #stamp(bodies: readonly Body[], labels: Uint16Array): readonly Visible[] {
    const thicknessNm = this.#thicknessNm;
    const still = this.#spec.motionBlur === null;
    const visible: Omit<Visible, "labelAreaPx2">[] = [];
    const labelAreas = new Int32Array(bodies.length + 1);
    for (const body of bodies) {
      const id = visible.length + 1;
      let maskAreaPx2 = 0;
      scanBody(body, this.#spec, (index, nm) => {
        if (still) thicknessNm[index] += nm;
        labelAreas[labels[index]] -= 1;
        labels[index] = id;
        maskAreaPx2 += 1;
      });
      labelAreas[id] += maskAreaPx2;
      if (maskAreaPx2 > 0) visible.push({ body, maskAreaPx2 });
    }
    return visible.map((one, i) => ({ ...one, labelAreaPx2: labelAreas[i + 1] }));
  }

  /** Adds bodies to the thickness map as they walk at random from where they are when the shutter opens, in steps of sqrt(2 D dt). */
  #stampWalks(bodies: readonly Body[], { diffusionNm2PerS, subSteps }: MotionBlur): void {
    const thicknessNm = this.#thicknessNm;
    const stepNm = Math.sqrt((2 * diffusionNm2PerS * this.#spec.exposureS) / subSteps);
    for (const body of bodies) {
      let { xNm, yNm } = body;
      for (let i = 0; i < subSteps; i += 1) {
        scanBody({ ...body, xNm, yNm }, this.#spec, (index, nm) => {
          thicknessNm[index] += nm / subSteps;
        });
        xNm += stepNm * this.#walks.normal();
        yNm += stepNm * this.#walks.normal();
      }
    }
  }

  /** Turns the thickness map into mean electrons, and empties it for the next frame. */
  #collect(): void {
    const thicknessNm = this.#thicknessNm;
    const electrons = this.#electrons;
    const detected = detectedElectrons(this.#spec);
    electrons.fill(detected(0));
    for (let i = 0; i < electrons.length; i += 1) {
      if (thicknessNm[i] === 0) continue;
      electrons[i] = detected(thicknessNm[i]);
      thicknessNm[i] = 0;
    }
  }
}

/** Pixel values in a fresh array: rounded and clipped for integers, as they are for float. */
function quantised(electrons: Float32Array, { slope, offset, ceiling }: GreyScale): PixelData {
  if (ceiling === null) return electrons.map((value) => slope * value + offset);
  if (ceiling === 255) {
    // A clamped array clips and rounds (half to even) by itself.
    const levels = new Uint8ClampedArray(electrons.length);
    for (let i = 0; i < electrons.length; i += 1) levels[i] = slope * electrons[i] + offset;
    return new Uint8Array(levels.buffer);
  }
  const counts = new Uint16Array(electrons.length);
  for (let i = 0; i < electrons.length; i += 1) {
    counts[i] = Math.min(ceiling, Math.max(0, Math.floor(slope * electrons[i] + offset + 0.5)));
  }
  return counts;
}

function truthOf(spec: SceneSpec, labels: Uint16Array, visible: readonly Visible[]): Truth {
  const pixelSizeNm = scenePixelSizeNm(spec);
  const particles = visible.map(({ body, maskAreaPx2, labelAreaPx2 }, i): TrueParticle => {
    const projectedArea = projectedAreaNm2(body.shape);
    return {
      id: i + 1,
      trackId: body.trackId,
      shape: body.shape,
      xPx: body.xNm / pixelSizeNm,
      yPx: body.yNm / pixelSizeNm,
      orientationRad: body.angleRad,
      projectedAreaNm2: projectedArea,
      ecdNm: 2 * Math.sqrt(projectedArea / Math.PI),
      thicknessNm: greatestThicknessNm(body.shape),
      maskAreaPx2,
      labelAreaPx2,
      touchesBorder: !liesWithin(footprintOf(body), viewOf(spec), 0),
    };
  });
  return { widthPx: spec.widthPx, heightPx: spec.heightPx, pixelSizeNm, labels, particles };
}
