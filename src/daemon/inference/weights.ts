/**
 * The files of a model: a manifest, which says what it is, and weights, which must have the hash it names.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { errorText } from "../../stream/base/errors.js";
import { ModelError } from "./model-error.js";

/** A weights file and its hash, as every manifest names them. */
export const weightsFields = {
  file: z.string().regex(/^[\w.-]+\.onnx$/, "must be the name of an .onnx file beside the manifest"),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"),
} as const;

/** A number is a size that holds always; a name stands for any. */
export const tensorShape = z.array(z.union([z.int().positive(), z.string().min(1)])).min(1);

/** The model a result was computed with. */
export interface ModelIdentity {
  readonly file: string;
  readonly sha256: string;
}

/** Weights that have the hash their manifest says. */
export interface Weights extends ModelIdentity {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Reads and validates a manifest. Raises ModelError `missing` and `manifest`. */
export async function readManifestFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const bytes = await read(path, "a model manifest");
  const parsed = schema.safeParse(jsonFrom(bytes, path));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(path, `${issue?.path.join(".") || "the whole file"}: ${issue?.message}`);
}

/** Reads the weights beside a manifest. Raises ModelError `missing` and `corrupt`. */
export async function readWeights(manifestPath: string, { file, sha256: expected }: ModelIdentity): Promise<Weights> {
  const path = join(dirname(manifestPath), file);
  const bytes = await read(path, "the weights of a model");
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found === expected) return { file, sha256: found, path, bytes };
  throw new ModelError("corrupt", path, {
    received: `${file}, ${bytes.length} bytes with SHA-256 ${found}`,
    expected: `SHA-256 ${expected}, as its manifest says`,
    remedy: "Copy the model again, or take the manifest that came with these weights.",
  });
}

async function read(path: string, what: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ModelError("missing", path, {
      received: `no readable file at ${path}`,
      expected: what,
      remedy: "Name the manifest of a model with --model or --denoiser, or install Ostwald again.",
      cause,
    });
  }
}

function jsonFrom(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw invalid(path, errorText(cause));
  }
}

function invalid(path: string, what: string): ModelError {
  return new ModelError("manifest", path, {
    received: `a manifest with ${what}`,
    expected: "a model manifest as models/README.md describes it",
    remedy: `Correct ${path}, or take the one that came with the model.`,
  });
}
