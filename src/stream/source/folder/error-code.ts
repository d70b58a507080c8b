/**
 * Errors of the file system, by their codes.
 *
 * @module
 */

/** Whether `error` is a system error of one of these codes (`ENOENT`, `ELOOP`). */
export function isErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code);
}
