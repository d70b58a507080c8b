/**
 * From an address to a source of frames: the one place that knows every kind of source.
 *
 * @module
 */
import type { ByteSource } from "../../stream/decode/format.js";
import { inspectImage } from "../../stream/decode/resolve.js";
import { systemClock } from "../../stream/flow/clock.js";
import { createFolderSource } from "../../stream/source/folder/folder-source.js";
import type { FrameSource } from "../../stream/source/source.js";
import type { Config } from "../config/schema.js";
import { type Address, parseAddress, SourceAddressError } from "./address.js";

/** Makes the source of an address; nothing is opened before its `start`. Raises SourceAddressError. */
type OpenSource = (address: Address, config: Config) => FrameSource;

/** The schemes, and how their addresses are written. */
const SCHEMES: ReadonlyMap<string, { readonly example: string; readonly open: OpenSource }> = new Map([
  ["folder", { example: "/data/run-7", open: ({ rest }: Address, config: Config) => openFolder(rest, config) }],
]);

/** The source at an address. Raises SourceAddressError for a scheme that is not known, and for an address that its scheme does not take. */
export function openSource(text: string, config: Config): FrameSource {
  const address = parseAddress(text);
  const scheme = SCHEMES.get(address.scheme);
  if (scheme !== undefined) return scheme.open(address, config);
  throw new SourceAddressError({
    received: text,
    expected: `an address as ${addressExamples().join(", ")}`,
    remedy: "Correct what stands before ://; a folder is given by its path alone.",
  });
}

/** An address of each scheme, for help and errors. */
export function addressExamples(): readonly string[] {
  return [...SCHEMES.values()].map(({ example }) => example);
}

/** The frames that appear in a folder. */
export function openFolder(dir: string, config: Config): FrameSource {
  const { recursive, existing, settleMs, incompleteTimeoutMs, pollMs } = config;
  const timing = { settleMs, incompleteTimeoutMs, pollMs };
  const inspect = (source: ByteSource) => inspectImage(source, config);
  return createFolderSource({ dir, recursive, existing, ...timing, inspect, clock: systemClock });
}
