/**
 * Boundary over area of ideal particles in projection: Table 1 of Zhang et al. (arXiv 2409.16637). Any unit of length; the ratio is in its
 * inverse.
 *
 * @module
 */

/** Of a sphere: 2 / r. */
export function sphereBoundaryArea(radius: number): number {
  return 2 / radius;
}

/** Of a rod, taken as a rectangle: (2 l + 2 w) / (l w). */
export function rodBoundaryArea(length: number, width: number): number {
  return (2 * length + 2 * width) / (length * width);
}

/** Of a cube: 4 / a. */
export function cubeBoundaryArea(edge: number): number {
  return 4 / edge;
}
