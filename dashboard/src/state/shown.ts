/**
 * What is on the screen: the latest picture and its particles, or those the reader holds on to while the run goes on.
 *
 * @module
 */
import type { Cell, ReadonlyCell } from "./cell.js";
import { createCell } from "./cell.js";
import type { FrameParticles, Scene, Store } from "./store.js";

export interface Shown {
  /** Whether picture and table stand still; charts and figures go on. */
  readonly held: Cell<boolean>;
  readonly scene: ReadonlyCell<Scene | null>;
  /** The particles of the picture; without a picture, of the latest frame. */
  readonly particles: ReadonlyCell<FrameParticles | null>;
}

export function createShown(store: Store): Shown {
  const held = createCell(false);
  const scene = createCell(store.scene.get());
  const particles = createCell<FrameParticles | null>(null);

  const update = () => {
    const latest = store.scene.get();
    // A restarted daemon ends a hold: what was held belongs to another run.
    if (latest === null) held.set(false);
    if (held.get()) return;
    scene.set(latest);
    if (latest === null) particles.set(store.particles.get());
    else if (latest.table !== null) particles.set(particlesOf(latest, latest.table));
  };
  store.scene.subscribe(update);
  store.particles.subscribe(update);
  held.subscribe(update);
  update();
  return { held, scene, particles };
}

function particlesOf({ preview }: Scene, table: FrameParticles["table"]): FrameParticles {
  return { seq: preview.seq, pixelSizeNm: preview.pixelSizeNm, table };
}
