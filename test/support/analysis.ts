/**
 * Particles of known shape as masks, for tests of the measurement.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { MaskField } from "../../src/stream/base/detection.js";
import type { Frame, PixelData } from "../../src/stream/base/frame.js";

/** Signed distance from a point in frame space to the rim of a shape, px, positive inside. */
export type Shape = (xPx: number, yPx: number) => number;

/** `binary`: 1 where the pixel centre is inside. `smooth`: linear across the rim, over 4 px, as upsampled probabilities are. */
export type FieldKind = "binary" | "smooth";

export function disc(centreXPx: number, centreYPx: number, radiusPx: number): Shape {
  return (x, y) => radiusPx - Math.hypot(x - centreXPx, y - centreYPx);
}

/** Where a shape that is given around the origin goes to. */
export interface Pose {
  readonly xPx: number;
  readonly yPx: number;
  readonly angleRad: number;
}

/** A rod with hemispherical ends, `lengthPx` from tip to tip, along +x before it is turned. */
export function spherocylinder(lengthPx: number, widthPx: number, pose: Pose): Shape {
  const halfAxisPx = (lengthPx - widthPx) / 2;
  return posed(pose, (x, y) => widthPx / 2 - Math.hypot(Math.max(Math.abs(x) - halfAxisPx, 0), y));
}

/** A closed polygon, given around the origin. */
export function polygonShape(corners: readonly (readonly [number, number])[], pose: Pose): Shape {
  return posed(pose, (x, y) => {
    let distance = Number.POSITIVE_INFINITY;
    let isInside = false;
    for (const [index, [bx, by]] of corners.entries()) {
      const [ax, ay] = corners.at(index - 1) ?? [0, 0];
      const along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2);
      const t = Math.min(1, Math.max(0, along));
      distance = Math.min(distance, Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)));
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) isInside = !isInside;
    }
    return isInside ? distance : -distance;
  });
}

export function rectangle(lengthPx: number, widthPx: number, pose: Pose): Shape {
  const x = lengthPx / 2;
  const y = widthPx / 2;
  return polygonShape(
    [
      [-x, -y],
      [x, -y],
      [x, y],
      [-x, y],
    ],
    pose,
  );
}

export function ellipse(semiMajorPx: number, semiMinorPx: number, pose: Pose): Shape {
  // Its area falls 0.02 % short of the ellipse's.
  const corners = Array.from({ length: 180 }, (_, i): readonly [number, number] => {
    const angle = (i * Math.PI) / 90;
    return [semiMajorPx * Math.cos(angle), semiMinorPx * Math.sin(angle)];
  });
  return polygonShape(corners, pose);
}

function posed({ xPx, yPx, angleRad }: Pose, shape: Shape): Shape {
  const cos = Math.cos(angleRad);
  const sin = Math.sin(angleRad);
  return (x, y) => shape(cos * (x - xPx) + sin * (y - yPx), -sin * (x - xPx) + cos * (y - yPx));
}

/** A window of the frame. */
export interface Window {
  readonly xPx: number;
  readonly yPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

export function maskOf(shape: Shape, window: Window, kind: FieldKind): MaskField {
  const values = new Float32Array(window.widthPx * window.heightPx);
  for (let row = 0; row < window.heightPx; row++) {
    for (let column = 0; column < window.widthPx; column++) {
      const distance = shape(window.xPx + column + 0.5, window.yPx + row + 0.5);
      const smooth = Math.min(1, Math.max(0, 0.5 + distance / 4));
      values[row * window.widthPx + column] = kind === "smooth" ? smooth : Number(distance >= 0);
    }
  }
  return { ...window, values };
}

/** A mask drawn in text: `#` is 1, everything else 0. */
export function drawnMask(rows: readonly string[], at: { readonly xPx: number; readonly yPx: number }): MaskField {
  const widthPx = rows[0]?.length ?? 0;
  const values = Float32Array.from(rows.join(""), (character) => Number(character === "#"));
  return { ...at, widthPx, heightPx: rows.length, values };
}

export function frameOf(widthPx: number, heightPx: number, pixels?: PixelData): Frame {
  return {
    widthPx,
    heightPx,
    pixels: pixels ?? new Uint8Array(widthPx * heightPx),
    pixelSizeNm: null,
    acquiredAtMs: null,
  };
}

/** Numbers in 0..1 that are the same in every run. */
export function seededNumbers(seed: string, count: number): Float64Array {
  const numbers = new Float64Array(count);
  for (let block = 0; block * 8 < count; block++) {
    const bytes = createHash("sha256").update(`${seed}:${block}`).digest();
    for (let i = 0; i < 8 && block * 8 + i < count; i++) numbers[block * 8 + i] = bytes.readUInt32LE(4 * i) / 2 ** 32;
  }
  return numbers;
}

/** Gaussian numbers of mean 0 and standard deviation 1 (Box and Muller). */
export function seededNormals(seed: string, count: number): Float64Array {
  const uniform = seededNumbers(seed, 2 * count);
  return Float64Array.from({ length: count }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform[2 * i]));
    return radius * Math.cos(2 * Math.PI * uniform[2 * i + 1]);
  });
}
