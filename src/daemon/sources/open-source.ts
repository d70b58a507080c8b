/**
 * From an address to a source of frames: the one place that knows every kind of source.
 *
 * @module
 */
import type { ByteSource } from "../../stream/decode/format.js";
import { inspectImage } from "../../stream/decode/resolve.js";
import { systemClock } from "../../stream/flow/clock.js";
import { announcedFiles } from "../../stream/ingest/announced.js";
import { dialer, HandedEndpoint, tcpListener, unixListener } from "../../stream/ingest/endpoints.js";
import { type Endpoint, IngestSource } from "../../stream/ingest/ingest-source.js";
import { createDectrisSource } from "../../stream/source/dectris/dectris-source.js";
import { createFolderSource } from "../../stream/source/folder/folder-source.js";
import { createMerlinSource } from "../../stream/source/merlin/merlin-source.js";
import type { FrameSource } from "../../stream/source/source.js";
import { readPackage } from "../config/package.js";
import type { Config } from "../config/schema.js";
import { INGEST_PATH } from "../server/ingest-websocket.js";
import { isLoopback } from "../server/listen.js";
import { type Address, hostAndPort, parseAddress, SourceAddressError, socketPath } from "./address.js";
import { readIngestToken, requireToken } from "./ingest-token.js";

/** Makes the source of an address; nothing is opened before its `start`. Raises SourceAddressError. */
type OpenSource = (address: Address, config: Config) => FrameSource;

/** The schemes, and how their addresses are written. */
const SCHEMES: ReadonlyMap<string, { readonly example: string; readonly open: OpenSource }> = new Map([
  ["folder", { example: "/data/run-7", open: ({ rest }: Address, config: Config) => openFolder(rest, config) }],
  ["tcp", { example: "tcp://127.0.0.1:1897", open: openTcp }],
  ["tcp+connect", { example: "tcp+connect://detector:1897", open: dialTcp }],
  ["unix", { example: "unix:///run/user/1000/frames.sock", open: openUnix }],
  ["ws", { example: "ws:///ingest", open: openWebSocket }],
  ["unix+connect", { example: "unix+connect:///run/user/1000/detector.sock", open: dialUnix }],
  ["merlin", { example: "merlin://10.0.0.7:6342", open: openMerlin }],
  ["dectris", { example: "dectris://10.0.0.8:31001", open: openDectris }],
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

/** Senders connect to this machine. */
function openTcp(address: Address, config: Config): FrameSource {
  const where = hostAndPort(address);
  if (!isLoopback(where.host)) requireToken(address.text, config.ingestTokenFile);
  return ingestSource(address, tcpListener(where), config);
}

function dialTcp(address: Address, config: Config): FrameSource {
  return ingestSource(address, dialer(hostAndPort(address)), config);
}

function openUnix(address: Address, config: Config): FrameSource {
  return ingestSource(address, unixListener(socketPath(address)), config);
}

function dialUnix(address: Address, config: Config): FrameSource {
  return ingestSource(address, dialer({ path: socketPath(address) }), config);
}

/** Host and port are those of the daemon's own server: an address has none. */
function openWebSocket(address: Address, config: Config): FrameSource {
  if (address.rest !== INGEST_PATH) {
    throw new SourceAddressError({
      received: address.text,
      expected: `ws://${INGEST_PATH}: frames come to the port that serves the dashboard`,
      remedy: "Choose host and port with --host and --port.",
    });
  }
  return ingestSource(address, new HandedEndpoint(`taking frames at ${INGEST_PATH} of the dashboard's port`), config);
}

function ingestSource({ text }: Address, endpoint: Endpoint, config: Config): FrameSource {
  const { announceRoot, ingestTokenFile, incompleteTimeoutMs, pollMs } = config;
  const inspect = (source: ByteSource) => inspectImage(source, config);
  return new IngestSource({
    name: text,
    endpoint,
    clock: systemClock,
    daemonVersion: readPackage().version,
    readToken: () => readIngestToken(ingestTokenFile),
    openAnnounced: announcedFiles({ root: announceRoot, inspect, timeoutMs: incompleteTimeoutMs, pollMs }),
    inspect,
  });
}

/** The frames of a Merlin, from its data port. */
function openMerlin(address: Address, { merlinControlPort, merlinStart }: Config): FrameSource {
  return createMerlinSource({
    name: address.text,
    address: hostAndPort(address),
    controlPort: merlinControlPort,
    start: merlinStart === "no" ? null : merlinStart,
    clock: systemClock,
  });
}

/** The images of a DECTRIS detector, from its stream port. */
function openDectris(address: Address, { dectrisChannel }: Config): FrameSource {
  return createDectrisSource({
    name: address.text,
    address: hostAndPort(address),
    channel: dectrisChannel,
    clock: systemClock,
  });
}
