/**
 * The one gate for HTTP requests and WebSocket upgrades: who asks, and for which host.
 *
 * A page of another site can make a browser send requests to this machine, and can give its own name this machine's address. The
 * `Host` header shows the second, the `Origin` header the first. Scripts send no `Origin`; what they may do they could do anyway.
 *
 * @module
 */

/** The address the server is bound to. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
}

/** Passed, with the host that was asked for, or refused with the reason. */
export type GateDecision =
  | { readonly passed: true; readonly host: string }
  | { readonly passed: false; readonly reason: string };

/** `host:port` as it stands in a URL. */
export function urlHost({ host, port }: BoundAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Decides by the headers of one request. */
export function passGate(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  bound: BoundAddress,
): GateDecision {
  const host = headers.host?.toLowerCase() ?? "";
  if (!allowedHosts(bound).has(host)) {
    return {
      passed: false,
      reason: `Host ${JSON.stringify(host.slice(0, 100))} is not this server, ${urlHost(bound)}.`,
    };
  }
  if (headers.origin !== undefined && headers.origin.toLowerCase() !== `http://${host}`) {
    return { passed: false, reason: `Origin ${JSON.stringify(headers.origin.slice(0, 100))} is not http://${host}.` };
  }
  return { passed: true, host };
}

function allowedHosts({ host, port }: BoundAddress): ReadonlySet<string> {
  const names = [host, "localhost", "127.0.0.1", "::1"].map((name) => urlHost({ host: name, port }).toLowerCase());
  // A browser leaves out the port that http has by default.
  return new Set(port === 80 ? [...names, ...names.map((name) => name.slice(0, -":80".length))] : names);
}
