import { cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClientMessage, ServerMessage } from "../../src/stream/protocol/messages.js";
import { launchBrowser, openPage } from "../support/browser.js";
import { startDaemon } from "../support/daemon.js";
import { QUICK_FLAGS, smallFrames } from "../support/small-frames.js";
import type { StreamClient } from "../support/stream-client.js";
import { connectClient } from "../support/stream-client.js";

type MessageOf<Op extends ServerMessage["op"]> = Extract<ServerMessage, { op: Op }>;

/** A request without its id. */
type Asked = ClientMessage extends infer Message
  ? Message extends unknown
    ? Omit<Message, "requestId">
    : never
  : never;

let home = "";
let recorded: readonly string[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "ostwald-runs-"));
  await smallFrames(join(home, "recorded"), 12);
  recorded = (await readdir(join(home, "recorded"))).sort();
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** A new folder, and a microscope that records frames `first..last` into it. */
async function microscope(name: string) {
  const watched = join(home, name);
  await mkdir(watched);
  const acquire = async (first: number, last: number) => {
    for (const file of recorded.slice(first - 1, last)) await cp(join(home, "recorded", file), join(watched, file));
  };
  return { watched, acquire };
}

let requests = 0;

/** Sends a request; gives its answer, or the refusal's tag. */
async function ask(client: StreamClient, request: Asked): Promise<string> {
  const requestId = `r${++requests}`;
  client.send({ ...request, requestId } as ClientMessage);
  const answer = await client.until(
    (message): message is MessageOf<"done"> | MessageOf<"error"> =>
      (message.op === "done" || message.op === "error") && message.requestId === requestId,
  );
  return answer.op === "done" ? requestId : answer.tag;
}

async function asked<Op extends "runs" | "runHistory">(
  client: StreamClient,
  op: Op,
  request: Asked,
): Promise<MessageOf<Op>> {
  const requestId = await ask(client, request);
  return client.until(
    (message): message is MessageOf<Op> =>
      message.op === op && "requestId" in message && message.requestId === requestId,
  );
}

describe("a script that divides an experiment into runs", () => {
  it("begins, ends and describes runs, lists and opens them, and finds them after a restart", async () => {
    const ledger = join(home, "runs.ledger");
    const { watched, acquire } = await microscope("script");
    const flags = [...QUICK_FLAGS, "--poll-ms", "50", "--ledger", ledger];
    const daemon = await startDaemon(flags, watched);
    const client = await connectClient(daemon.url, "json");
    expect(await client.until((message) => message.op === "hello")).toMatchObject({ run: null });
    await acquire(1, 4);
    await client.untilEvents(4);
    expect(await client.until((message): message is MessageOf<"run"> => message.op === "run")).toMatchObject({
      run: { runId: 1, name: "run-1", firstSeq: 1, lastSeq: null },
    });

    await ask(client, { op: "startRun", name: "heating", notes: "80 °C" });
    await ask(client, { op: "configure", settings: { minAreaPx2: 7 } });
    await acquire(5, 8);
    await client.untilEvents(8);
    await ask(client, { op: "endRun" });
    await ask(client, { op: "describeRun", runId: 1, notes: "at rest" });
    expect(await ask(client, { op: "describeRun", runId: 9, name: "none" })).toBe("RunUnknown");
    expect(await ask(client, { op: "openRun", runId: 9 })).toBe("RunUnknown");
    await acquire(9, 10);
    await client.untilEvents(10);

    const { runs } = await asked(client, "runs", { op: "listRuns" });
    expect(
      runs.map(({ runId, name, notes, firstSeq, lastSeq, committed }) => [
        runId,
        name,
        notes,
        firstSeq,
        lastSeq,
        committed,
      ]),
    ).toEqual([
      [1, "run-1", "at rest", 1, 4, 4],
      [2, "heating", "80 °C", 5, 8, 4],
      [3, "run-3", "", 9, null, 2],
    ]);
    const past = await asked(client, "runHistory", { op: "openRun", runId: 2 });
    expect(past.history.map(({ seq }) => seq)).toEqual([5, 6, 7, 8]);
    expect(past.lastFrame).toEqual(client.events()[7]);
    expect(past.particles?.columns.id.length).toBe(past.lastFrame?.statistics.count);
    expect(past.settingsHistory).toMatchObject([{ settingsId: 2, fromSeq: 5, settings: { minAreaPx2: 7 } }]);
    client.close();
    await daemon.stop();

    const next = await startDaemon(flags, watched);
    const again = await connectClient(next.url, "json");
    expect(await again.until((message) => message.op === "hello")).toMatchObject({ lastSeq: 10, run: null });
    await acquire(11, 12);
    expect(await again.untilEvents(12)).toHaveLength(12);
    const after = await asked(again, "runs", { op: "listRuns" });
    expect(after.runs.map(({ runId, lastSeq, committed }) => [runId, lastSeq, committed])).toEqual([
      [1, 4, 4],
      [2, 8, 4],
      [3, 10, 2],
      [4, null, 2],
    ]);
    again.close();
    await next.stop();
  }, 90_000);

  it("finds a past run in the dashboard, beside the present one", async () => {
    const { watched, acquire } = await microscope("page");
    const [daemon, browser] = await Promise.all([
      startDaemon([...QUICK_FLAGS, "--poll-ms", "50"], watched),
      launchBrowser(),
    ]);
    const client = await connectClient(daemon.url, "json");
    await acquire(1, 3);
    await client.untilEvents(3);
    const { page, complaints, close } = await openPage(browser, daemon.url);
    await page.getByText("run-1").waitFor();
    await ask(client, { op: "startRun", name: "heating" });
    await acquire(4, 5);
    await client.untilEvents(5);
    const choice = page.getByLabel("Run shown over time");
    await choice.selectOption("1");
    await page.waitForSelector('.run-choice[data-past="true"]');
    expect(await choice.locator("option").first().textContent()).toBe("heating, now");
    await choice.selectOption("present");
    await page.waitForSelector('.run-choice[data-past="false"]');
    expect(complaints).toEqual([]);
    await close();
    await browser.close();
    client.close();
    await daemon.stop();
  }, 90_000);

  it("is told that a daemon without a ledger has none", async () => {
    const daemon = await startDaemon([...QUICK_FLAGS, "--ledger", "none"]);
    const client = await connectClient(daemon.url, "json");
    expect(await ask(client, { op: "listRuns" })).toBe("NoLedger");
    client.close();
    await daemon.stop();
  }, 60_000);
});
