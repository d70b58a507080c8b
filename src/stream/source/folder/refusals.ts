/**
 * What is said of files that are no frames yet, or never will be.
 *
 * @module
 */
import { FrameRejectedError } from "../../base/frame.js";
import type { FileFingerprint } from "../source.js";

export function incompleteRefusal(fingerprint: FileFingerprint, missing: string): FrameRejectedError {
  const isEmpty = fingerprint.sizeBytes === 0;
  return new FrameRejectedError(isEmpty ? "empty" : "incomplete", {
    received: isEmpty ? "a 0-byte file" : missing,
    expected: "a file that its writer finishes",
    remedy: "Write the file again; if it still grows, it is taken when it is complete.",
  });
}

export function linkRefusal(path: string): FrameRejectedError {
  return new FrameRejectedError("unsupported", {
    received: `a symbolic link: ${path}`,
    expected: "a file inside the watched folder",
    remedy: "Copy the file into the folder.",
  });
}
