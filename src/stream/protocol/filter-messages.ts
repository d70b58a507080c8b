/**
 * One frame as its filter sees it and leaves it, at full size, on request: what a strength is tuned by.
 *
 * @module
 */
import { z } from "zod";
import { FILTERS } from "../base/settings.js";
import { requestId } from "./run-messages.js";
import { settingsPatchSchema } from "./settings.js";

const u8 = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "a column of bytes");
const count = z.int().nonnegative();

/** Filter the last analysed frame once more. Nothing is measured, recorded or changed. */
export const filterFrameMessageSchema = z.strictObject({
  op: z.literal("filterFrame"),
  requestId,
  /** Differ from those the frame was analysed with. */
  settings: settingsPatchSchema.optional(),
});
export type FilterFrameRequest = z.output<typeof filterFrameMessageSchema>;

/** The answer to `filterFrame`: 8-bit grey levels before and after the filter, of the part that a message holds. */
export const filteredFrameMessageSchema = z.object({
  op: z.literal("filteredFrame"),
  requestId: z.string(),
  seq: z.int().positive(),
  frameWidthPx: count,
  frameHeightPx: count,
  /** The part that is sent: all of a frame up to 2,048 px, else its middle. */
  leftPx: count,
  topPx: count,
  widthPx: count,
  heightPx: count,
  /** The frame is not 8-bit: it was filtered in float32, and both sides are rounded to whole levels. */
  isRounded: z.boolean(),
  filter: z.enum(FILTERS),
  /** Strength of non-local means it was filtered with; `null` with other filters. */
  nlmH: z.number().nullable(),
  rawLevels: u8,
  filteredLevels: u8,
});
export type FilteredFrameMessage = z.infer<typeof filteredFrameMessageSchema>;
