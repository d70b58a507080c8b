/**
 * What is said about runs, and what a client may ask for.
 *
 * @module
 */
import { z } from "zod";

const count = z.int().nonnegative();
const seq = z.int().positive();
const unixMs = z.number();

/** A client's name for a request, which its answer repeats. */
export const requestId = z.string().min(1).max(64);

/** A run: the frames `firstSeq..lastSeq`. `lastSeq` and `endedAtMs` are `null` while it goes on. */
export const runSchema = z.object({
  runId: seq,
  name: z.string(),
  notes: z.string(),
  startedAtMs: unixMs,
  endedAtMs: unixMs.nullable(),
  firstSeq: seq,
  lastSeq: count.nullable(),
});
export type RunState = z.infer<typeof runSchema>;

/** The run that frames of now belong to; `null`: the next frame begins one, or there is no ledger. */
export const runMessageSchema = z.object({ op: z.literal("run"), run: runSchema.nullable() });
export type RunMessage = z.infer<typeof runMessageSchema>;

/** A run with what its frames came to. */
export const runEntrySchema = runSchema.extend({ committed: count, rejected: count, dropped: count, particles: count });

export type RunEntry = z.infer<typeof runEntrySchema>;

/** Every run of the ledger, oldest first: the answer to `listRuns`. */
export const runsMessageSchema = z.object({
  op: z.literal("runs"),
  requestId: z.string(),
  runs: z.array(runEntrySchema).readonly(),
});

export const runName = z.string().min(1).max(200).optional();
export const runNotes = z.string().max(10_000).optional();

/** Begin a run with the next frame that is taken in; the one before ends. */
export const startRunMessageSchema = z.strictObject({
  op: z.literal("startRun"),
  requestId,
  name: runName,
  notes: runNotes,
});

/** End the run; the next frame that is taken in begins another. */
export const endRunMessageSchema = z.strictObject({ op: z.literal("endRun"), requestId });

/** Change name or notes of a run, also of one that has ended. */
export const describeRunMessageSchema = z.strictObject({
  op: z.literal("describeRun"),
  requestId,
  runId: seq,
  name: runName,
  notes: runNotes,
});

export const listRunsMessageSchema = z.strictObject({ op: z.literal("listRuns"), requestId });

export const openRunMessageSchema = z.strictObject({ op: z.literal("openRun"), requestId, runId: seq });
