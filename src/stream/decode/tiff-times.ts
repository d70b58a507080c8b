/**
 * When a TIFF's frame was taken, and for how long, where its writer says.
 *
 * @module
 */
import { FrameRejectedError } from "../base/frame.js";
import type { UnixMs } from "../base/units.js";
import { acquiredAt, exposureFrom, parseDecimal, parseLocalTime } from "./stated.js";
import { readText, type TiffDirectory, type TiffFile } from "./tiff-directory.js";

const TAG = { description: 270, dateTime: 306, fei: [34680, 34682] } as const;
const MS_PER_UNIT: Readonly<Record<string, number>> = {
  s: 1e3,
  ms: 1,
  us: 1e-3,
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  min: 6e4,
};

export interface TiffTimes {
  readonly acquiredAtMs: UnixMs | null;
  readonly exposureMs: number | null;
}

/** From the most explicit statement to the least; a statement that cannot be read is none. */
export async function readTimes(file: TiffFile, directory: TiffDirectory): Promise<TiffTimes> {
  try {
    return await readStatements(file, directory);
  } catch (error) {
    if (error instanceof FrameRejectedError) return { acquiredAtMs: null, exposureMs: null };
    throw error;
  }
}

async function readStatements(file: TiffFile, directory: TiffDirectory): Promise<TiffTimes> {
  const description = await readText(file, directory, TAG.description);
  const ome = description.includes("<OME") ? description : "";
  const fei = (await Promise.all(TAG.fei.map((tag) => readText(file, directory, tag)))).join("\n");
  return {
    acquiredAtMs: omeTime(ome) ?? feiTime(fei) ?? plainTime(await readText(file, directory, TAG.dateTime)),
    exposureMs: omeExposure(ome) ?? feiExposure(fei),
  };
}

/** `<AcquisitionDate>2016-02-21T17:50:18</AcquisitionDate>` */
function omeTime(ome: string): UnixMs | null {
  const date = /<AcquisitionDate>([^<]+)</.exec(ome)?.[1];
  return date === undefined ? null : acquiredAt(Date.parse(date));
}

/** `<Plane ExposureTime="0.5" ExposureTimeUnit="s">`; seconds where no unit is named. */
function omeExposure(ome: string): number | null {
  const time = /\bExposureTime="([^"]+)"/.exec(ome)?.[1];
  const unit = /\bExposureTimeUnit="([^"]+)"/.exec(ome)?.[1] ?? "s";
  return time === undefined ? null : exposureFrom(parseDecimal(time) * (MS_PER_UNIT[unit] ?? Number.NaN));
}

/** `Date=02/21/2016` and `Time=05:50:18 PM`, in the language of the machine. */
function feiTime(text: string): UnixMs | null {
  const [date, time] = ["Date", "Time"].map((key) => new RegExp(`^${key}\\s*=\\s*(.+?)\\s*$`, "m").exec(text)?.[1]);
  return date === undefined || time === undefined ? null : parseLocalTime(date, time);
}

/** `FrameTime=2.5`, seconds that the beam took over the frame. */
function feiExposure(text: string): number | null {
  const seconds = /^FrameTime\s*=\s*(\S+)/m.exec(text)?.[1];
  return seconds === undefined ? null : exposureFrom(parseDecimal(seconds) * 1e3);
}

/** TIFF's own `2016:02:21 17:50:18`. */
function plainTime(text: string): UnixMs | null {
  const [date = "", time = ""] = text.trim().split(" ");
  return parseLocalTime(date.replaceAll(":", "-"), time);
}
