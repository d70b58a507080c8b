/**
 * File events as a wake-up.
 *
 * Events are lost in bursts and on network shares and come twice; nothing here is believed beyond "something may have happened".
 *
 * @module
 */
import { FSWatcher } from "chokidar";

/** What a watcher tells. */
export interface WatchListener {
  /** Something happened to `name` in the directory, or to something (`null`). */
  wake(name: string | null): void;
  /** No more events come from this directory: too many watches (ENOSPC, EMFILE), the directory is gone, or events do not exist here. */
  fail(error: unknown): void;
}

/** Watches one directory, not those below. May throw instead of calling `fail`. Returns what ends it. */
export type WatchDirectory = (dir: string, listener: WatchListener) => () => void;

/**
 * chokidar without its own listing. After each event it would list the directory and examine every file in it, which took 0.8 of a
 * core at 45 frames a second, and tells nothing here: a listing of the source's own follows every wake-up. What is left are the
 * events of the operating system, alike on all of them.
 */
class EventWatcher extends FSWatcher {
  override _readdirp(): undefined {
    return undefined;
  }
}

/** Events of the operating system. */
export const watchDirectory: WatchDirectory = (dir, listener) => {
  const watcher = new EventWatcher({ depth: 0, ignoreInitial: true, persistent: false });
  watcher.on("raw", (_event, name) => listener.wake(typeof name === "string" ? name : null));
  watcher.on("error", (error) => listener.fail(error));
  watcher.add(dir);
  return () => void watcher.close();
};
