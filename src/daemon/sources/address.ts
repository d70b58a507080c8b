/**
 * Addresses of sources, as people write them: `tcp://127.0.0.1:1897`, `unix:///run/frames.sock`, `/data/run-7`.
 *
 * A path is a folder; everything else is `SCHEME://REST`. README.md beside this file lists the schemes.
 *
 * @module
 */
import { OstwaldError } from "../../stream/base/errors.js";

/** An address in its two parts. */
export interface Address {
  /** As it was written: the name of its source. */
  readonly text: string;
  /** `folder` for a path, else what stands before `://`. */
  readonly scheme: string;
  /** The path, or what stands after `://`. */
  readonly rest: string;
}

/** An address that names no source. */
export class SourceAddressError extends OstwaldError {
  readonly tag = "SourceAddress";
}

export function parseAddress(text: string): Address {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return { text, scheme: "folder", rest: text };
  return { text, scheme, rest };
}

/** The host and port of `HOST:PORT`, an IPv6 address in brackets. Raises SourceAddressError. */
export function hostAndPort({ text, scheme, rest }: Address): { readonly host: string; readonly port: number } {
  const [, inBrackets, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]+)):(\d{1,5})\/?$/.exec(rest) ?? [];
  const host = inBrackets ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new SourceAddressError({
    received: text,
    expected: `${scheme}://HOST:PORT, as ${scheme}://127.0.0.1:1897 or ${scheme}://[::1]:1897`,
    remedy: "Correct the address.",
  });
}

/** The path of `SCHEME:///path`. Raises SourceAddressError. */
export function socketPath({ text, scheme, rest }: Address): string {
  if (rest.startsWith("/") && rest.length > 1) return rest;
  throw new SourceAddressError({
    received: text,
    expected: `${scheme}:// and an absolute path, as ${scheme}:///run/user/1000/frames.sock`,
    remedy: "Correct the address: three slashes in all.",
  });
}
