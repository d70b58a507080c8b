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

/** Settings change between two frames, never within one: each frame takes those in force when it is handed to the analyzer. */
export class SettingsState {
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
    this.#nextSeq = seq + 1;
    return this.#message;
  }

  /** Puts a change into force from the next frame on and says what is now in force. */
  apply(patch: SettingsPatch): SettingsMessage {
    const settings = patched(this.#message.settings, patch);
    this.#message = { op: "settings", settingsId: this.#message.settingsId + 1, fromSeq: this.#nextSeq, settings };
    return this.#message;
  }
}
