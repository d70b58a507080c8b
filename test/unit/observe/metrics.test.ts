import { expect, it } from "vitest";
import { Metrics } from "../../../src/daemon/observe/metrics.js";
import { metricInputs } from "../../support/metrics.js";

it("gives the account of each source, every queue with its limit, and what computes, in Prometheus' text format", async () => {
  const { type, body } = await new Metrics(metricInputs()).text();
  expect(type).toContain("text/plain; version=0.0.4");
  const lines = body.split("\n");
  for (const line of [
    'ostwald_frames_seen_total{source="folder:/data"} 10',
    'ostwald_frames_rejected_total{source="folder:/data",reason="corrupt"} 1',
    'ostwald_frames_dropped_total{source="folder:/data",stage="intake",reason="latest"} 2',
    'ostwald_frames_in_flight{source="folder:/data"} 2',
    'ostwald_queue_length{queue="intake",source="folder:/data"} 3',
    'ostwald_queue_limit{queue="intake",source="folder:/data"} 64',
    'ostwald_queue_limit{queue="order",source=""} +Inf',
    'ostwald_queue_limit{queue="ledger",source=""} 512',
    'ostwald_analyzer_info{filter="WebAssembly SIMD",segmenter="CPUExecutionProvider",model="m.onnx",model_sha256="ab"} 1',
    "ostwald_analyzer_degraded 1",
    "ostwald_ledger_lag_seconds 0.005",
    "ostwald_client_bytes_sent_total 700",
  ]) {
    expect(lines).toContain(line);
  }
});

it("reads counts that are kept elsewhere anew each time, and adds none of them up", async () => {
  const metrics = new Metrics(metricInputs());
  await metrics.text();
  expect((await metrics.text()).body).toContain('ostwald_frames_seen_total{source="folder:/data"} 10\n');
});

it("has latencies by stage, batches and transactions as histograms", async () => {
  const metrics = new Metrics(metricInputs());
  const stageTimesMs = { decode: 3, filter: 1, segment: 60, measure: 2 };
  metrics.frame({ latencyMs: 80, stageTimesMs, batchFrames: 4 });
  metrics.commit(1.5);
  const { body } = await metrics.text();
  expect(body).toContain('ostwald_stage_seconds_bucket{le="0.1",stage="segment"} 1\n');
  expect(body).toContain('ostwald_stage_seconds_bucket{le="0.05",stage="segment"} 0\n');
  expect(body).toContain("ostwald_frame_latency_seconds_sum 0.08\n");
  expect(body).toContain('ostwald_batch_frames_bucket{le="4"} 1\n');
  expect(body).toContain('ostwald_ledger_commit_seconds_bucket{le="0.002"} 1\n');
});
