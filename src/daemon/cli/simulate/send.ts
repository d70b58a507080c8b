/**
 * `ostwald simulate --to ADDRESS`: simulated frames over a socket, at a rate, and what became of each.
 *
 * @module
 */
import type { Frame } from "../../../stream/base/frame.js";
import { IngestSender, type ItemToSend, type SenderOptions } from "../../../stream/ingest/sender.js";
import { createPace, systemTimer } from "../../../stream/source/simulated/pace.js";
import { quantileOf } from "../../analysis/quantile.js";
import { dialerOf } from "../../sources/dial.js";
import { readIngestToken } from "../../sources/ingest-token.js";

export interface SendOptions {
  /** Where frames are taken: `tcp://127.0.0.1:1897`. */
  readonly address: string;
  readonly tokenFile: string | null;
  readonly makeFrame: () => Frame;
  /** Frames that are made, and sent again and again. */
  readonly distinct: number;
  /** Frames that are sent; `null`: until `stop`. */
  readonly count: number | null;
  readonly framesPerS: number | null;
  readonly stop: AbortSignal;
}

/** What was sent, and how it ended. */
export interface SendReport {
  readonly sent: number;
  readonly acknowledged: number;
  /** Acknowledged without a result, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly connections: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  /** From handing a frame over to its acknowledgement, ms, of the newest 100,000. */
  readonly latencyMs: { readonly p50: number | null; readonly p99: number | null };
}

const LATENCIES_KEPT = 100_000;

/** Sends frames and waits until all are settled. Raises what connecting raises, IngestError, SourceAddressError and IngestTokenError. */
export async function sendFrames(options: SendOptions): Promise<SendReport> {
  const { address, tokenFile, count, framesPerS, stop } = options;
  const tally = new Tally();
  const token = await readIngestToken(tokenFile);
  const sender = await IngestSender.open({
    connect: dialerOf(address),
    stream: "simulated",
    ...(token === null ? {} : { token }),
    ...tally.listeners,
  });
  try {
    const items = itemsOf(options);
    const pace = createPace(framesPerS, systemTimer);
    for (let i = 0; (count === null || i < count) && !stop.aborted; i++) {
      await pace.next(stop);
      const { item, bytes } = items[i % items.length] ?? NOTHING;
      tally.begin(bytes.length);
      await sender.send({ ...item, sequence: i }, bytes);
    }
    await sender.settled();
    return tally.report(sender.counts);
  } finally {
    sender.close();
  }
}

/** The account of a sending. */
class Tally {
  readonly #beginMs = performance.now();
  readonly #sentAtMs = new Float64Array(LATENCIES_KEPT);
  readonly #latenciesMs = new Float64Array(LATENCIES_KEPT);
  readonly #refused: Record<string, number> = {};
  #begun = 0;
  #settled = 0;
  #bytes = 0;

  readonly listeners: Pick<SenderOptions, "onSettled" | "onRefused"> = {
    onSettled: (number) => {
      const place = (number - 1) % LATENCIES_KEPT;
      this.#latenciesMs[place] = performance.now() - (this.#sentAtMs[place] ?? 0);
      this.#settled = number;
    },
    onRefused: ({ reason }) => {
      this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
    },
  };

  begin(bytes: number): void {
    this.#sentAtMs[this.#begun % LATENCIES_KEPT] = performance.now();
    this.#begun += 1;
    this.#bytes += bytes;
  }

  report({ sent, settled, connections }: IngestSender["counts"]): SendReport {
    const sorted = this.#latenciesMs.subarray(0, Math.min(this.#settled, LATENCIES_KEPT)).sort();
    return {
      sent,
      acknowledged: settled,
      refused: this.#refused,
      connections,
      bytes: this.#bytes,
      elapsedMs: performance.now() - this.#beginMs,
      latencyMs: { p50: quantileOf(sorted, 0.5), p99: quantileOf(sorted, 0.99) },
    };
  }
}

interface Prepared {
  readonly item: Extract<ItemToSend, { readonly op: "frame" }>;
  readonly bytes: Uint8Array;
}

const NOTHING: Prepared = { item: { op: "frame", widthPx: 1, heightPx: 1, type: "u8" }, bytes: new Uint8Array(1) };

function itemsOf({ distinct, count, makeFrame }: SendOptions): readonly Prepared[] {
  return Array.from({ length: Math.min(distinct, count ?? distinct) }, () => prepared(makeFrame()));
}

function prepared({ widthPx, heightPx, pixels, pixelSizeNm, exposureMs }: Frame): Prepared {
  const type = pixels instanceof Uint8Array ? "u8" : pixels instanceof Uint16Array ? "u16" : "f32";
  const stated = {
    ...(pixelSizeNm === null ? {} : { pixelSizeNm }),
    ...(exposureMs === null || exposureMs === undefined ? {} : { exposureMs }),
  };
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  return { item: { op: "frame", widthPx, heightPx, type, ...stated }, bytes };
}

/** `100 frames sent in 2.0 s (50.0/s, 13.1 MB/s): 100 acknowledged, 0 of them without a result; ...` */
export function reportText(report: SendReport): string {
  const { sent, acknowledged, refused, connections, bytes, elapsedMs, latencyMs } = report;
  const seconds = elapsedMs / 1_000;
  const withoutResult = Object.values(refused).reduce((sum, one) => sum + one, 0);
  const reasons = Object.entries(refused).map(([reason, one]) => `${reason} ${one}`);
  const ms = (value: number | null) => (value === null ? "-" : value.toFixed(1));
  return [
    `${sent} ${sent === 1 ? "frame" : "frames"} sent in ${seconds.toFixed(1)} s`,
    ` (${(sent / seconds).toFixed(1)}/s, ${(bytes / 1e6 / seconds).toFixed(1)} MB/s)`,
    `: ${acknowledged} acknowledged, ${withoutResult} of them without a result`,
    reasons.length === 0 ? "" : ` (${reasons.join(", ")})`,
    `; ${connections} ${connections === 1 ? "connection" : "connections"}`,
    `; acknowledged after ${ms(latencyMs.p50)} ms (p50), ${ms(latencyMs.p99)} ms (p99)\n`,
  ].join("");
}
