/**
 * Work that is done at most once an animation frame, however often it is asked for.
 *
 * @module
 */

export interface AnimationTask {
  request(): void;
  cancel(): void;
}

export function animationTask(work: () => void): AnimationTask {
  let handle: number | null = null;
  return {
    request() {
      handle ??= requestAnimationFrame(() => {
        handle = null;
        work();
      });
    },
    cancel() {
      if (handle !== null) cancelAnimationFrame(handle);
      handle = null;
    },
  };
}
