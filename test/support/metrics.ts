/**
 * A daemon as its metrics see it: one source, and one of everything.
 *
 * @module
 */
import type { MetricInputs } from "../../src/daemon/observe/metrics.js";

export function metricInputs(): MetricInputs {
  const account = {
    seen: 10,
    committed: 5,
    rejected: { corrupt: 1 },
    dropped: { "intake/latest": 2 },
    inFlight: 2,
  } as const;
  const stage = (length: number, limit: number) => ({ length, limit });
  return {
    version: "0.1.0",
    accounts: () => [{ source: "folder:/data", account }],
    queues: () => [{ source: "folder:/data", ...stage(3, 64) }],
    session: () => ({ atAnalyzer: stage(1, 4), early: stage(0, Number.POSITIVE_INFINITY), unrecorded: stage(0, 512) }),
    analyzer: () => ({
      state: "ready",
      restarts: 1,
      ready: {
        op: "ready",
        filterBackend: "WebAssembly SIMD",
        segmenterBackend: "CPUExecutionProvider",
        model: { file: "m.onnx", sha256: "ab" },
        batchLimit: 1,
        notes: [],
      },
      notes: ["slow"],
      residentBytes: 1_000,
    }),
    ledger: () => ({ waiting: stage(0, 512), lagMs: 5, isStalled: false, fileBytes: 4_096, walBytes: 0 }),
    hub: () => ({
      sentMessages: 7,
      sentBytes: 700,
      skippedEvents: 0,
      superseded: 1,
      cut: 0,
      clients: 1,
      clientLimit: 64,
      joined: 2,
      bufferedBytesMax: 0,
      bufferedBytesLimit: 1_048_576,
      behindMax: 0,
    }),
    isReady: () => true,
    quarantined: () => 1,
  };
}
