/**
 * The one schema of everything that can be configured. Type, validation, command-line flags, `--help` and docs/configuration.md
 * come from it.
 *
 * A name here (`nlmH`) is the key of the configuration file; its kebab-case (`--nlm-h`) is the flag.
 *
 * @module
 */
import { z } from "zod";
import type { Cadence } from "../../stream/base/cadence.js";
import { CADENCE_POLICIES } from "../../stream/base/cadence.js";
import type { AnalysisSettings } from "../../stream/base/settings.js";
import { DEFAULT_SETTINGS } from "../../stream/base/settings.js";
import type { QueueLimits } from "../../stream/flow/bounded-queue.js";
import { settingsSchema } from "../../stream/protocol/settings.js";
import { MERLIN_STARTS } from "../../stream/source/merlin/control.js";
import type { AnalyzerOptions } from "../analyzer/messages.js";
import type { SupervisionLimits } from "../analyzer/supervision.js";
import type { LedgerLimits } from "../ledger/ledger.js";
import { LOG_FORMATS, LOG_LEVELS } from "../observe/log.js";
import { SHIPPED_DENOISER_PATH, SHIPPED_MANIFEST_PATH } from "./package.js";

const computing = {
  gpu: z
    .enum(["auto", "software", "off"])
    .describe("filters on a hardware adapter where there is one, on a software adapter (for tests), or on the CPU"),
  provider: z
    .enum(["auto", "cuda", "webgpu", "cpu"])
    .describe("execution provider of the model; auto takes CUDA, WebGPU, CPU in that order of what is there"),
  model: z
    .string()
    .min(1)
    .nullable()
    .describe("path of a model's manifest.json; none for the model that comes with Ostwald"),
  denoiser: z
    .string()
    .min(1)
    .nullable()
    .describe("path of a denoiser's manifest, for the filter unet; none for the one that comes with Ostwald"),
  analyzers: z.int().min(1).max(16).describe("analyzer processes, each with its own copy of the model"),
  inferenceThreads: z.int().min(1).max(64).describe("threads of one inference on the CPU"),
  filterThreads: z.int().min(1).max(64).describe("threads of non-local means on the CPU, in each analyzer"),
  batchWaitMs: z
    .number()
    .min(0)
    .max(1_000)
    .describe(
      "longest that a batch waits for more frames, ms; only where the model takes several, and frames come that fast",
    ),
} as const;

const supervision = {
  frameDeadlineMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .describe("time a frame may take in the analyzer before the process counts as hung and is started again, ms"),
  analyzerSilenceMs: z
    .int()
    .min(1_000)
    .max(3_600_000)
    .describe("time without a sign of life, which comes each second, before an analyzer is started again, ms"),
  analyzerMemoryMb: z
    .int()
    .min(64)
    .max(1_000_000)
    .nullable()
    .describe("resident memory above which an analyzer is started again between two frames, MB"),
  stopTimeoutMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .describe("time that frames at the analyzer have to be finished in when the daemon is stopped, ms"),
  faultDir: z
    .string()
    .min(1)
    .nullable()
    .describe("folder of flight recordings and of frames that killed an analyzer; auto is beside the ledger"),
} as const;

const reading = {
  hdf5Dataset: z
    .string()
    .min(1)
    .nullable()
    .describe("path of the dataset in HDF5 files, as /entry/data/data; none for the one that looks like the image"),
} as const;

const folder = {
  recursive: z.boolean().describe("whether frames in subfolders are taken too"),
  existing: z.enum(["take", "ignore"]).describe("what happens to frames that are in the folder at the start"),
  settleMs: z
    .int()
    .min(0)
    .max(60_000)
    .describe(
      "rest after the last change of a file before it is read, ms; a file is taken once its own header says it is complete",
    ),
  incompleteTimeoutMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .describe("time after its last change at which an incomplete file is rejected, ms"),
  pollMs: z
    .int()
    .min(20)
    .max(60_000)
    .describe("time between two listings of the folder, ms; file events make them come sooner"),
} as const;

const ingest = {
  announceRoot: z
    .string()
    .min(1)
    .nullable()
    .describe("folder that files announced over a socket must lie in; none takes no announcements"),
  ingestTokenFile: z
    .string()
    .min(1)
    .nullable()
    .describe("file with the token that senders must give; addresses that other machines reach need one"),
} as const;

const detectors = {
  merlinControlPort: z
    .int()
    .min(1)
    .max(65_535)
    .nullable()
    .describe("port on which a Merlin answers commands, 6341 by its own default; none leaves it alone"),
  merlinStart: z
    .enum(["no", ...MERLIN_STARTS])
    .describe("whether a Merlin is told, once, to acquire, or to acquire and be triggered; needs merlinControlPort"),
  dectrisChannel: z
    .string()
    .min(1)
    .nullable()
    .describe("channel of a DECTRIS detector that is taken, as threshold_1; none for its first"),
} as const;

const cadence = {
  cadence: z
    .enum(CADENCE_POLICIES)
    .describe("which frames are analysed when they come faster than that; all others are counted and named"),
  everyNth: z.int().min(1).max(1_000_000).describe("n of every-nth: the first of every n frames is analysed"),
  latencyBudgetMs: z
    .number()
    .min(1)
    .max(3_600_000)
    .describe("target of budget: time from a frame's arrival to its recorded result, ms"),
  queueLimit: z.int().min(1).max(10_000).describe("frames of a stream that may wait for the analyzer"),
  spoolGb: z
    .number()
    .min(0.001)
    .max(1_000_000)
    .describe("disk space of a stream's spool, GB; when it is full the source waits"),
  spoolDir: z
    .string()
    .min(1)
    .nullable()
    .describe("folder of the spools; none is beside the ledger, and without a ledger among temporary files"),
  queueMb: z.int().min(1).max(1_000_000).describe("memory that the waiting frames of a stream may take, MB"),
} as const;

const ledger = {
  ledger: z
    .string()
    .min(1)
    .nullable()
    .describe("file that every frame is recorded in; auto is one for each watched folder, among the data of the user"),
  keepOutlines: z.boolean().describe("whether the outline of each particle is recorded, for masks in exports"),
  runGapMin: z
    .number()
    .min(0.01)
    .max(10_080)
    .nullable()
    .describe("a run ends when no frame has come for this long, min; none ends it when asked or stopped"),
  ledgerMaxGb: z
    .number()
    .min(0.001)
    .max(1_000_000)
    .nullable()
    .describe("size above which the oldest frames are removed from the ledger, GB"),
  ledgerMaxDays: z
    .number()
    .min(0.001)
    .max(100_000)
    .nullable()
    .describe("age above which frames are removed from the ledger, days"),
} as const;

const server = {
  host: z.enum(["127.0.0.1", "::1", "localhost"]).describe("loopback address that dashboard and stream are served on"),
  port: z.int().min(0).max(65_535).describe("port that dashboard and stream are served on; 0 takes any free one"),
} as const;

const log = {
  logLevel: z.enum(LOG_LEVELS).describe("least level that is logged"),
  logFormat: z.enum(LOG_FORMATS).describe("a line for people, or a JSON object a line"),
} as const;

/** All of the configuration, each key present. Unknown keys are errors. */
export const configSchema = z.strictObject({
  ...settingsSchema.shape,
  ...computing,
  ...supervision,
  ...reading,
  ...folder,
  ...ingest,
  ...detectors,
  ...cadence,
  ...ledger,
  ...server,
  ...log,
});

/** A whole, valid configuration. Frozen. */
export type Config = Readonly<z.infer<typeof configSchema>>;
export type ConfigKey = keyof Config;

/** A place that is left to Ostwald. */
export const AUTO = "auto";
/** `ledger` that leaves the place of the file to Ostwald. */
export const AUTO_LEDGER = AUTO;

export const DEFAULT_CONFIG: Config = Object.freeze({
  ...DEFAULT_SETTINGS,
  gpu: "auto",
  provider: "auto",
  model: null,
  denoiser: null,
  analyzers: 2,
  inferenceThreads: 1,
  filterThreads: 1,
  batchWaitMs: 2,
  frameDeadlineMs: 120_000,
  analyzerSilenceMs: 10_000,
  analyzerMemoryMb: 4_096,
  stopTimeoutMs: 10_000,
  faultDir: AUTO,
  hdf5Dataset: null,
  recursive: false,
  existing: "take",
  settleMs: 0,
  incompleteTimeoutMs: 10_000,
  pollMs: 500,
  announceRoot: null,
  ingestTokenFile: null,
  merlinControlPort: null,
  merlinStart: "no",
  dectrisChannel: null,
  cadence: "every",
  everyNth: 10,
  latencyBudgetMs: 200,
  queueLimit: 64,
  queueMb: 512,
  spoolGb: 16,
  spoolDir: null,
  ledger: AUTO_LEDGER,
  keepOutlines: false,
  runGapMin: null,
  ledgerMaxGb: null,
  ledgerMaxDays: null,
  host: "127.0.0.1",
  port: 1896,
  logLevel: "info",
  logFormat: "text",
});

/** Keys that belong together, in the order of help and docs. */
export const CONFIG_GROUPS = {
  analysis: settingsSchema.keyof().options,
  computing: z.object(computing).keyof().options,
  supervision: z.object(supervision).keyof().options,
  reading: z.object(reading).keyof().options,
  folder: z.object(folder).keyof().options,
  ingest: z.object(ingest).keyof().options,
  detectors: z.object(detectors).keyof().options,
  cadence: z.object(cadence).keyof().options,
  ledger: z.object(ledger).keyof().options,
  server: z.object(server).keyof().options,
  log: z.object(log).keyof().options,
} as const satisfies Readonly<Record<string, readonly ConfigKey[]>>;
export type ConfigGroup = keyof typeof CONFIG_GROUPS;

/** Keys that matter where frames come from a folder alone. */
export const FOLDER_CONFIG_KEYS: readonly ConfigKey[] = configSchema
  .keyof()
  .options.filter((key) => ![...CONFIG_GROUPS.ingest, ...CONFIG_GROUPS.detectors].some((name) => name === key));

/** The part of a configuration that decides what is measured. */
export function analysisSettings(config: Config): AnalysisSettings {
  return z.object(settingsSchema.shape).parse(config);
}

/** The part of a configuration that an analyzer is started with. */
export function analyzerOptions(config: Config): AnalyzerOptions {
  const { gpu, provider, model, denoiser, inferenceThreads, filterThreads, batchWaitMs, hdf5Dataset } = config;
  const paths = {
    manifestPath: model ?? SHIPPED_MANIFEST_PATH,
    denoiserPath: denoiser ?? SHIPPED_DENOISER_PATH,
  };
  return { gpu, provider, ...paths, inferenceThreads, filterThreads, batchWaitMs, hdf5Dataset };
}

/** Which frames of a stream are analysed. */
export function cadenceOf({ cadence: policy, everyNth, latencyBudgetMs }: Config): Cadence {
  switch (policy) {
    case "every-nth":
      return { policy, n: everyNth };
    case "budget":
      return { policy, targetMs: latencyBudgetMs };
    default:
      return { policy };
  }
}

/** Most frames of a stream that wait. */
export function queueLimits({ queueLimit, queueMb }: Config): QueueLimits {
  return { items: queueLimit, bytes: queueMb * 1e6 };
}

/** The limits that analyzers are held to. */
export function supervisionLimits(config: Config): SupervisionLimits {
  const { frameDeadlineMs, analyzerSilenceMs: silenceMs, analyzerMemoryMb } = config;
  return { frameDeadlineMs, silenceMs, memoryBytes: analyzerMemoryMb === null ? null : analyzerMemoryMb * 1e6 };
}

/** The limits of the ledger. */
export function ledgerLimits({ ledgerMaxGb, ledgerMaxDays }: Config): LedgerLimits {
  return {
    maxBytes: ledgerMaxGb === null ? null : ledgerMaxGb * 1e9,
    maxAgeMs: ledgerMaxDays === null ? null : ledgerMaxDays * 86_400_000,
  };
}
