/**
 * Opens the port: on this machine only, and with an error that says what to do when it cannot.
 *
 * @module
 */
import type { Server } from "node:http";
import { isIPv4, isIPv6 } from "node:net";
import { errorText, OstwaldError } from "../../stream/base/errors.js";
import type { BoundAddress } from "./gate.js";

/** Another program, or another Ostwald, has the port. */
export class PortInUseError extends OstwaldError {
  readonly tag = "PortInUse";
  readonly port: number;

  constructor(port: number, cause: unknown) {
    super({
      received: `port ${port}, which another program has open`,
      expected: "a port that is free",
      remedy:
        "Stop that program (it may be another ostwald), choose another with --port, or let the system choose with --port 0.",
      cause,
    });
    this.port = port;
  }
}

/** The address is not of this machine alone. */
export class HostNotAllowedError extends OstwaldError {
  readonly tag = "HostNotAllowed";
  readonly host: string;

  constructor(host: string) {
    super({
      received: `host = ${JSON.stringify(host)}`,
      expected: "an address that only this machine reaches: 127.0.0.1, ::1 or localhost",
      remedy:
        "Other addresses need access tokens, which this version does not have; forward the port with ssh -L instead.",
    });
    this.host = host;
  }
}

/** The system refuses the address or the port. */
export class ListenError extends OstwaldError {
  readonly tag = "Listen";
  /** Error code of the system: `EACCES`, `EADDRNOTAVAIL`. */
  readonly code: string;

  constructor(address: BoundAddress, code: string, cause: unknown) {
    super({
      received: `${code} for port ${address.port} of ${address.host}: ${errorText(cause)}`,
      expected: "an address of this machine, and a port that this user may open",
      remedy: "Choose a port above 1023 with --port, and 127.0.0.1 as host.",
      cause,
    });
    this.code = code;
  }
}

/** Whether only this machine reaches `host`. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || (isIPv4(host) && host.startsWith("127.")) || (isIPv6(host) && host === "::1");
}

/**
 * Binds `server`; port 0 lets the system choose. Gives the address that was bound.
 *
 * Raises {@link HostNotAllowedError}, {@link PortInUseError} and {@link ListenError}.
 */
export async function listen(server: Server, wanted: BoundAddress): Promise<BoundAddress> {
  if (!isLoopback(wanted.host)) throw new HostNotAllowedError(wanted.host);
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(wanted, error));
    server.once("error", failed);
    server.listen({ host: wanted.host, port: wanted.port, exclusive: true }, () => {
      server.off("error", failed);
      resolve();
    });
  });
  const address = server.address();
  return address === null || typeof address === "string" ? wanted : { host: wanted.host, port: address.port };
}

function listenError(wanted: BoundAddress, error: NodeJS.ErrnoException): OstwaldError {
  if (error.code === "EADDRINUSE") return new PortInUseError(wanted.port, error);
  return new ListenError(wanted, error.code ?? "an error", error);
}
