/**
 * The token that senders give, from a file: command lines are seen by every user of a machine.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { errorText, OstwaldError } from "../../stream/base/errors.js";

/** Shorter ones can be guessed. */
const SHORTEST_TOKEN = 16;

/** No token where one is needed, or one that protects nothing. */
export class IngestTokenError extends OstwaldError {
  readonly tag = "IngestToken";
}

/** The token in `file`, without the white space around it; `null` without a file. Raises IngestTokenError. */
export async function readIngestToken(file: string | null): Promise<string | null> {
  if (file === null) return null;
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new IngestTokenError({
      received: `a token file that cannot be read: ${file} (${errorText(cause)})`,
      expected: "a file with the token that senders give",
      remedy: "Correct --ingest-token-file, or the file's permissions.",
      cause,
    });
  });
  const token = text.trim();
  if (token.length >= SHORTEST_TOKEN) return token;
  throw new IngestTokenError({
    received: `a token of ${token.length} characters in ${file}`,
    expected: `at least ${SHORTEST_TOKEN}`,
    remedy: "Write a longer one, as `openssl rand -hex 32` makes it.",
  });
}

/** Raises IngestTokenError for an address that other machines reach, when there is no token. */
export function requireToken(address: string, file: string | null): void {
  if (file !== null) return;
  throw new IngestTokenError({
    received: `${address}, which other machines reach, and no token`,
    expected: "an address of this machine alone (127.0.0.1, ::1), or a token that senders give",
    remedy: "Name a file with a token by --ingest-token-file, or listen on 127.0.0.1 and forward the port with ssh.",
  });
}
