/**
 * What may be asked of a running daemon as a whole: to end, to reload its configuration, to write down its last decisions.
 *
 * @module
 */
import type { ControlAction } from "../stream/protocol/messages.js";
import type { SettingsPatch } from "../stream/protocol/settings.js";
import type { AnalyzerPool } from "./analyzer/pool.js";
import type { AppOptions, Ending } from "./app.js";
import { Reloader } from "./reload.js";
import type { Recording } from "./session/recording.js";

interface Controlled extends Pick<AppOptions, "config" | "log" | "flight" | "readConfig"> {
  readonly analyzer: AnalyzerPool;
  readonly recording: Recording | null;
}

export type Control = ReturnType<typeof controlOf>;

/** The control of one daemon. `changeSettings` changes settings from the next frame on. */
export function controlOf(controlled: Controlled, changeSettings: (patch: SettingsPatch) => void) {
  const { config, log, flight, analyzer, recording, readConfig = async () => config } = controlled;
  const reloader = new Reloader({
    ...{ config, analyzer, log, changeSettings },
    record: flight.record,
    onReloaded: (next) => recording?.runs.configure(JSON.stringify(next)),
  });
  let end: (how: Ending) => void = () => undefined;
  const asked = new Promise<Ending>((resolve) => {
    end = resolve;
  });
  const reload = () => reloader.reload(readConfig);
  return {
    asked,
    reload,
    /** The configuration in force. */
    get config() {
      return reloader.config;
    },
    /** Resolves when it is done; an end has then begun. Rejects as Reloader.reload does, and where a recording cannot be written. */
    async carryOut(action: ControlAction): Promise<void> {
      log.info({ event: "asked", action }, "a client asks the daemon");
      if (action === "reload") await reload();
      else if (action === "dump") await flight.keep("asked");
      else end(action);
    },
  };
}
