/**
 * The header of a Merlin's acquisition: text, `HDR,` and a line an entry, `Frames in Acquisition (Number):\t100`.
 *
 * After "Merlin Software User Manual" (Quantum Detectors); the same text lies as `NAME.hdr` beside a MIB file.
 *
 * @module
 */

/** Longest header that is taken, bytes; those of Merlin have 2 kB. */
export const HDR_LIMIT_BYTES = 65_536;

export interface AcquisitionHeader {
  /** The whole text: two acquisitions of one text are one. */
  readonly text: string;
  /** When it was set up, as the detector wrote it, or `null`. */
  readonly stamp: string | null;
  /** Frames that will come; 0: until it is stopped. `null`: it does not say. */
  readonly plannedFrames: number | null;
  /** Bits a pixel, or `null`. */
  readonly counterBits: number | null;
}

/** Whether a message is the header of an acquisition. */
export function isAcquisitionHeader(body: Uint8Array): boolean {
  return Buffer.from(body.subarray(0, 4)).toString("latin1") === "HDR,";
}

export function acquisitionHeaderFrom(body: Uint8Array): AcquisitionHeader {
  const text = Buffer.from(body.subarray(0, HDR_LIMIT_BYTES)).toString("latin1").replace(/\0+$/, "");
  const entries = new Map(
    text.split(/\r?\n/).map((line) => {
      const [name = "", ...values] = line.split("\t");
      return [name.replace(/:?\s*$/, "").toLowerCase(), values.join("\t").trim()] as const;
    }),
  );
  const stamp = [...entries].find(([name]) => name.startsWith("time and date stamp"))?.[1];
  return {
    text,
    stamp: stamp === undefined || stamp === "" ? null : stamp,
    plannedFrames: countFrom(entries.get("frames in acquisition (number)")),
    counterBits: countFrom(entries.get("counter depth (number)")),
  };
}

function countFrom(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : null;
}

/** What its run is called and described as. */
export function runLabel({ stamp, plannedFrames, counterBits }: AcquisitionHeader): { name: string; notes: string } {
  const frames = plannedFrames === null || plannedFrames === 0 ? "until stopped" : `${plannedFrames} frames`;
  const bits = counterBits === null ? "" : `, ${counterBits} bit`;
  return { name: `Merlin ${stamp ?? "acquisition"}`, notes: `Merlin acquisition: ${frames}${bits}` };
}
