import { describe, expect, it } from "vitest";
import { SettingsState } from "../../../src/daemon/session/settings-state.js";
import { DEFAULT_SETTINGS } from "../../../src/stream/base/settings.js";

describe("the settings in force", () => {
  it("are those before a change for a frame that waited longer than later ones of another stream", () => {
    const state = new SettingsState(DEFAULT_SETTINGS);
    const before = state.for(5);
    const changed = state.apply({ nlmH: 20 });
    expect(changed.fromSeq).toBe(6);
    expect([state.for(3), state.for(6), state.for(4)]).toEqual([before, changed, before]);
    expect(state.apply({ nlmH: 30 }).fromSeq).toBe(7);
  });
});
