/**
 * Recognition in this very process, for commands that judge it.
 *
 * The daemon keeps native code in processes of its own, since a crash there must cost neither intake nor clients, and gets tables back. A
 * command that judges recognition has neither to protect, and needs what tables leave out: masks and scores. So it computes
 * where it runs; native code is loaded by the first frame that needs it, so that no other command of the same program ever does.
 *
 * @module
 */
import type { FrameFilter } from "../../shaders/filter.js";
import type { Frame, GreyImage } from "../../stream/base/frame.js";
import type { AnalysisSettings, SegmenterName } from "../../stream/base/settings.js";
import { denoise, type NoisyFrame } from "../denoise/denoise.js";
import type { Unet } from "../denoise/unet.js";
import { type FoundParticle, foundParticles } from "../evaluation/found.js";
import type { Segmenter } from "../segment/segmenter.js";
import { createThresholdSegmenter } from "../segment/threshold.js";
import type { AnalyzerOptions } from "./messages.js";

/** Filters and segmenters, opened when they are first used. */
export class Recogniser {
  readonly #options: AnalyzerOptions;
  readonly #note: (text: string) => void;
  #filter: Promise<FrameFilter> | undefined;
  #unet: Promise<Unet> | undefined;
  readonly #segmenters = new Map<SegmenterName, Promise<Segmenter>>();

  /** `note` is told what was not there and what runs in its place. */
  constructor(options: AnalyzerOptions, note: (text: string) => void) {
    this.#options = options;
    this.#note = note;
    // As for the analyzer processes: measurements stay here.
    Object.assign(process.env, { ORT_DISABLE_TELEMETRY: "1" });
  }

  /** The image as the settings' filter leaves it. Raises GpuError, WasmUnavailableError and ModelError. */
  async filtered(image: GreyImage, settings: AnalysisSettings): Promise<GreyImage> {
    if (settings.filter === "none") return image;
    this.#filter ??= this.#openFilter();
    const denoisers = { filter: await this.#filter, unet: () => this.#openedUnet() };
    const [{ filtered }] = await denoise(denoisers, [alone(image)], settings);
    return filtered;
  }

  /** The particles of an image that came of `frame`, measured as the live stream measures them. Raises ModelError and ProviderError. */
  async found(image: GreyImage, frame: Frame, settings: AnalysisSettings): Promise<readonly FoundParticle[]> {
    const segmenter = await this.#segmenter(settings.segmenter);
    const [detections] = await segmenter.segment([image], settings);
    return foundParticles(detections, frame, settings.minAreaPx2);
  }

  /** What segments, in words. */
  async describe(name: SegmenterName): Promise<string> {
    return (await this.#segmenter(name)).backend.description;
  }

  /** Releases what was opened. Idempotent. */
  async close(): Promise<void> {
    const filter = await this.#filter?.catch(() => undefined);
    await filter?.close();
    await (await this.#unet?.catch(() => undefined))?.release();
    for (const opening of this.#segmenters.values()) await (await opening.catch(() => undefined))?.close();
  }

  #segmenter(name: SegmenterName): Promise<Segmenter> {
    const opened = this.#segmenters.get(name);
    if (opened !== undefined) return opened;
    const opening = name === "threshold" ? Promise.resolve(createThresholdSegmenter()) : this.#openMaskRcnn();
    this.#segmenters.set(name, opening);
    return opening;
  }

  async #openFilter(): Promise<FrameFilter> {
    const { createFrameFilter } = await import("../../shaders/create-filter.js");
    const { gpu, filterThreads: threads } = this.#options;
    const { filter, notes } = await createFrameFilter({ gpu, threads });
    for (const note of notes) this.#note(note);
    return filter;
  }

  #openedUnet(): Promise<Unet> {
    this.#unet ??= this.#openUnet();
    return this.#unet;
  }

  async #openUnet(): Promise<Unet> {
    const { openUnet } = await import("../denoise/unet.js");
    const { denoiserPath, provider, inferenceThreads } = this.#options;
    const unet = await openUnet({ manifestPath: denoiserPath, provider, threads: inferenceThreads });
    for (const note of unet.notes) this.#note(note);
    return unet;
  }

  async #openMaskRcnn(): Promise<Segmenter> {
    const { createMaskRcnnSegmenter } = await import("../segment/mask-rcnn.js");
    const { manifestPath, provider, inferenceThreads } = this.#options;
    const { segmenter, notes } = await createMaskRcnnSegmenter({ manifestPath, provider, threads: inferenceThreads });
    for (const note of notes) this.#note(note);
    return segmenter;
  }
}

/** An image that is no part of a stream, with its levels as intensities. */
function alone(grey: GreyImage): NoisyFrame {
  return { grey, range: { low: 0, high: 255 }, sigmaBefore: null };
}
