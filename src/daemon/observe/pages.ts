/**
 * What the daemon says of itself over HTTP, beside `/healthz`.
 *
 * @module
 */
import type { FlightRecorder } from "./flight-recorder.js";
import type { Metrics } from "./metrics.js";
import type { Readiness } from "./readiness.js";

/** A page that is made when it is asked for. */
interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface PageInputs {
  readonly readiness: () => Readiness;
  readonly metrics: Pick<Metrics, "text">;
  readonly flight: Pick<FlightRecorder, "dump">;
}

/** The pages by path. */
export function statusPages(inputs: PageInputs): ReadonlyMap<string, () => Page | Promise<Page>> {
  return new Map<string, () => Page | Promise<Page>>([
    ["/readyz", () => readinessPage(inputs.readiness())],
    ["/metrics", async () => ({ status: 200, ...(await inputs.metrics.text()) })],
    ["/debug/flight-recorder", () => ({ status: 200, type: "application/x-ndjson", body: inputs.flight.dump() })],
  ]);
}

/** 503 while it is not ready, so that a probe needs not read the body. */
function readinessPage(readiness: Readiness): Page {
  const body = `${JSON.stringify(readiness)}\n`;
  return { status: readiness.ready ? 200 : 503, type: "application/json", body };
}
