/**
 * exp, ln, cube root, cosine, sine and the angle of a vector from nothing but IEEE 754 additions, multiplications, divisions and square roots.
 *
 * ECMAScript leaves the last bits of `Math.exp` and its kin to the engine, and engines have changed theirs; the four basic
 * operations and `Math.sqrt` are exact everywhere. A simulated frame is a promise of bytes, so it is built on these only.
 *
 * @module
 */

/** ln 2 in two parts: the first has 20 trailing zero bits, so that `k * LN2_HIGH` is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LARGEST_EXPONENT = 1022;

/** `POWERS_OF_TWO[k + LARGEST_EXPONENT]` is 2^k. */
const POWERS_OF_TWO = powersOfTwo();

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(2 * LARGEST_EXPONENT + 1);
  let power = 1;
  for (let k = 0; k <= LARGEST_EXPONENT; k += 1) {
    powers[LARGEST_EXPONENT + k] = power;
    powers[LARGEST_EXPONENT - k] = 1 / power;
    power *= 2;
  }
  return powers;
}

/**
 * e^x to about 1 ulp for -708 <= x <= 708; outside, the value at that limit.
 *
 * Argument reduction and Remez polynomial of FreeBSD's e_exp.c.
 */
export function exp(x: number): number {
  const clamped = Math.min(708, Math.max(-708, x));
  const k = Math.floor(clamped / Math.LN2 + 0.5);
  const high = clamped - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const p =
    0.16666666666666602 +
    t *
      (-0.0027777777777015593 +
        t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8)));
  const c = r - t * p;
  return (1 - (low - (r * c) / (2 - c) - high)) * POWERS_OF_TWO[k + LARGEST_EXPONENT];
}

/** Natural logarithm of x > 0. */
export function ln(x: number): number {
  let mantissa = x;
  let exponent = 0;
  for (; mantissa > Math.SQRT2; exponent += 1) mantissa *= 0.5;
  for (; mantissa < Math.SQRT1_2; exponent -= 1) mantissa *= 2;
  // ln m = 2 artanh((m - 1) / (m + 1)); |s| <= 0.172, so that 11 terms reach 1e-17.
  const s = (mantissa - 1) / (mantissa + 1);
  let sum = 0;
  for (let n = 21; n >= 1; n -= 2) sum = 1 / n + s * s * sum;
  return exponent * LN2_HIGH + (exponent * LN2_LOW + 2 * s * sum);
}

/** Cube root of x >= 0. */
export function cubeRoot(x: number): number {
  if (x <= 0) return 0;
  const guess = exp(ln(x) / 3);
  return (2 * guess + x / (guess * guess)) / 3;
}

/** Cosine and sine of an angle in rad, |angle| < 1e6. */
export function cosSin(angleRad: number): { readonly cos: number; readonly sin: number } {
  const quarterTurns = Math.round(angleRad / (Math.PI / 2));
  const r = angleRad - quarterTurns * (Math.PI / 2);
  let cos = 1;
  let sin = 1;
  for (let n = 16; n >= 2; n -= 2) {
    cos = 1 - ((r * r) / (n * (n - 1))) * cos;
    sin = 1 - ((r * r) / (n * (n + 1))) * sin;
  }
  sin *= r;
  const quadrant = ((quarterTurns % 4) + 4) % 4;
  if (quadrant === 0) return { cos, sin };
  if (quadrant === 1) return { cos: -sin, sin: cos };
  if (quadrant === 2) return { cos: -cos, sin: -sin };
  return { cos: sin, sin: -cos };
}

/** The angle of the vector (x, y) to +x in rad, -pi..pi; 0 for the zero vector. */
export function angleOf(x: number, y: number): number {
  const length = Math.sqrt(x * x + y * y);
  if (length === 0) return 0;
  // Within 0.08 rad by the taxicab angle; each turn by the remaining sine cubes the error.
  const quarter = (y / (Math.abs(x) + Math.abs(y))) * (Math.PI / 2);
  let angle = x >= 0 ? quarter : (y >= 0 ? Math.PI : -Math.PI) - quarter;
  for (let i = 0; i < 3; i += 1) {
    const { cos, sin } = cosSin(angle);
    angle += (y * cos - x * sin) / length;
  }
  return angle;
}
