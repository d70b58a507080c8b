/**
 * The control port of a Merlin: text, `MPX,0000000022,GET,DETECTORSTATUS`, and an answer to each.
 *
 * After "Merlin Software User Manual" (Quantum Detectors).
 *
 * @module
 */
import type { Socket } from "node:net";
import { connect } from "node:net";
import { errorText } from "../../base/errors.js";
import { ByteReader } from "../detector/byte-reader.js";
import type { DetectorAddress } from "../detector/connection.js";
import { detectorError } from "../detector/errors.js";
import { mpxMessage, readMpx } from "./mpx.js";

/** `acquisition`: tells the detector to acquire; `soft-trigger`: and then triggers it, too. */
export const MERLIN_STARTS = ["acquisition", "soft-trigger"] as const;
export type MerlinStart = (typeof MERLIN_STARTS)[number];

/** Longest answer, bytes. */
const ANSWER_LIMIT_BYTES = 65_536;
const ANSWER_TIMEOUT_MS = 2_000;

/** What is asked, and what it is called for a person. */
const QUESTIONS = { DETECTORSTATUS: "state", NUMFRAMESTOACQUIRE: "frames", COUNTERDEPTH: "bits" } as const;
const STATES = ["idle", "busy", "on standby", "in error", "armed", "initialising"] as const;
/** What the last field of an answer says. */
const REFUSALS = ["done", "the detector is busy", "the detector does not know it", "a value out of range"] as const;

/** Asks the detector what it is set to, starts an acquisition if told so, and says in words what came of it. Never rejects. */
export async function prepareMerlin(address: DetectorAddress, start: MerlinStart | null): Promise<string> {
  const socket = connect({ ...address, noDelay: true, timeout: ANSWER_TIMEOUT_MS });
  socket.on("error", () => undefined);
  socket.on("timeout", () =>
    socket.destroy(detectorError(`no answer in ${ANSWER_TIMEOUT_MS} ms`, "an answer to a command")),
  );
  try {
    const control = new Control(socket);
    const facts = await control.facts();
    if (start !== null) await control.command("STARTACQUISITION");
    if (start === "soft-trigger") await control.command("SOFTTRIGGER");
    return facts;
  } catch (error) {
    return `the control port ${address.host}:${address.port} is of no use: ${errorText(error)}`;
  } finally {
    socket.destroy();
  }
}

class Control {
  readonly #socket: Socket;
  readonly #reader: ByteReader;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = new ByteReader(socket);
  }

  /** `detector idle, 100 frames to acquire, 12 bit`, as far as it says. */
  async facts(): Promise<string> {
    const answers: string[] = [];
    for (const [name, meaning] of Object.entries(QUESTIONS)) {
      const value = await this.#get(name);
      if (value === null) continue;
      if (meaning === "state") answers.push(`detector ${STATES[value] ?? `in state ${value}`}`);
      else answers.push(meaning === "frames" ? `${value} frames to acquire` : `${value} bit`);
    }
    return answers.join(", ");
  }

  /** Raises DetectorStreamError where the detector does not do it. */
  async command(name: string): Promise<void> {
    const [, , code] = await this.#ask(`CMD,${name}`);
    if (code !== "0") throw detectorError(`${REFUSALS[Number(code)] ?? `answer ${code}`} to CMD,${name}`, "0: done");
  }

  /** A number, or `null` where the detector has none of this name. */
  async #get(name: string): Promise<number | null> {
    const [, , value = "", code] = await this.#ask(`GET,${name}`);
    return code === "0" && /^\d{1,9}$/.test(value) ? Number(value) : null;
  }

  async #ask(text: string): Promise<readonly string[]> {
    this.#socket.write(mpxMessage(text));
    const answer = await readMpx(this.#reader, ANSWER_LIMIT_BYTES);
    if (answer === null) throw detectorError("a closed connection", `an answer to ${text}`);
    const fields = answer.body.toString("latin1").split(",");
    if (fields.at(-1) !== "") return fields;
    // LiberTEM-live's simulator does not count the comma after its length: the code, the last sign, is still to come.
    const code = await this.#reader.need(1, "the code of an answer");
    return [...fields.slice(0, -1), code.toString("latin1")];
  }
}
