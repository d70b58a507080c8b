/**
 * The settings in force, and from which frame on.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import type { AnalysisSettings } from "../../stream/base/settings.js";
import type { SettingsMessage } from "../../stream/protocol/messages.js";
import type { SettingsPatch } from "../../stream/protocol/settings.js";
import { patched } from "../../stream/protocol/settings.js";

/** Settings that are remembered for frames that wait: a slider that is moved for a minute. */
const MESSAGES_KEPT = 1_024;

/**
 * Settings change between two frames, never within one, and in the order of `seq`: a change applies from the frame after the last that
 * was handed to the analyzer. A frame that waited longer than later ones of other streams still has those before.
 */
export class SettingsState {
  /** In force one after the other, the last one now. */
  readonly #before: SettingsMessage[] = [];
  #message: SettingsMessage;
  #nextSeq: number;

  /** `before` are the settings in force when the daemon before ended; the same ones keep their number. `lastSeq` is its last frame. */
  constructor(initial: AnalysisSettings, before: SettingsMessage | null = null, lastSeq = 0) {
    this.#nextSeq = lastSeq + 1;
    const isSame = before !== null && isDeepStrictEqual(before.settings, initial);
    const settingsId = (before?.settingsId ?? 0) + 1;
    this.#message = isSame ? before : { op: "settings", settingsId, fromSeq: this.#nextSeq, settings: initial };
  }

  get current(): SettingsMessage {
    return this.#message;
  }

  /** The settings for frame `seq`, which is now handed over. */
  for(seq: number): SettingsMessage {
    this.#nextSeq = Math.max(this.#nextSeq, seq + 1);
    if (seq >= this.#message.fromSeq) return this.#message;
    return this.#before.findLast(({ fromSeq }) => fromSeq <= seq) ?? this.#before[0] ?? this.#message;
  }

  /** Puts a change into force from the next frame on and says what is now in force. */
  apply(patch: SettingsPatch): SettingsMessage {
    const settings = patched(this.#message.settings, patch);
    this.#before.push(this.#message);
    if (this.#before.length > MESSAGES_KEPT) this.#before.shift();
    this.#message = { op: "settings", settingsId: this.#message.settingsId + 1, fromSeq: this.#nextSeq, settings };
    return this.#message;
  }
}
