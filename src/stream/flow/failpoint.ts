/**
 * Named points at which a test ends the process, as if the power were cut there: `OSTWALD_FAILPOINT=ledger/committed:3` at the third
 * passage. Without the variable, which is read once at the start, a point is a comparison with null.
 *
 * @module
 */

/** Every point, in the order in which a frame, a start and a stop pass them. */
export const FAILPOINTS = [
  /** The ledger is open; nothing is served yet. */
  "ledger/opened",
  /** A frame has its number and waits. */
  "intake/numbered",
  /** A frame's result is here and nowhere else. */
  "session/analysed",
  /** Everything about a group of frames is written, and not committed. */
  "ledger/writing",
  /** The group is durable; only the ledger's thread knows. */
  "ledger/committed",
  /** The daemon knows that a frame is durable, and has told nobody. */
  "session/recorded",
  /** The frame's source is told and its fate is booked; clients are not told. */
  "session/settled",
  /** Clients are told. */
  "session/published",
  /** The daemon was asked to end and takes no more in. */
  "intake/closed",
  /** Every frame has ended; the run is still open. */
  "recording/ending",
  /** The ledger is about to be closed. */
  "ledger/closing",
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

const { OSTWALD_FAILPOINT } = process.env;
const armed = OSTWALD_FAILPOINT === undefined ? null : armedBy(OSTWALD_FAILPOINT);

/** Ends the process here if this is the point and the passage that were asked for. */
export function failpoint(name: Failpoint): void {
  if (armed === null || armed.name !== name) return;
  armed.passagesLeft -= 1;
  if (armed.passagesLeft <= 0) process.kill(process.pid, "SIGKILL");
}

function armedBy(text: string): { readonly name: string; passagesLeft: number } {
  const [name = "", passage = "1"] = text.split(":");
  return { name, passagesLeft: Number(passage) };
}
