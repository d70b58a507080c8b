import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { askDaemon, DaemonRefusedError } from "../../src/daemon/server/control-client.js";
import { isConserved } from "../../src/stream/base/accounting.js";
import { encodeTiff } from "../../src/stream/source/simulated/encode-tiff.js";
import type { DaemonProcess } from "../support/daemon.js";
import { startDaemon } from "../support/daemon.js";
import { noisySpheres } from "../support/simulated-frames.js";
import type { StreamClient } from "../support/stream-client.js";
import { connectClient } from "../support/stream-client.js";
import { pause } from "../support/waiting.js";

const MODELS = new URL("../../models/", import.meta.url).pathname;
const bytes = encodeTiff(noisySpheres());

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "ostwald-reload-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes a frame every `intervalMs` until it is told to stop; then gives how many. */
function microscope(daemon: DaemonProcess, intervalMs: number) {
  let isOn = true;
  const run = async () => {
    let frames = 0;
    while (isOn) {
      frames += 1;
      await writeFile(join(daemon.dir, `${frames}.tmp`), bytes);
      await rename(join(daemon.dir, `${frames}.tmp`), join(daemon.dir, `frame_${String(frames).padStart(5, "0")}.tif`));
      await pause(intervalMs);
    }
    return frames;
  };
  const running = run();
  return () => {
    isOn = false;
    return running;
  };
}

/** Asserts that each of `count` frames was analysed, once, in order. Gives their events. */
async function allAnalysed(client: StreamClient, count: number) {
  const events = await client.untilEvents(count);
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  expect(events.filter(({ op }) => op !== "frame")).toEqual([]);
  const health = await client.untilHealth(({ sources }) => sources[0]?.account.inFlight === 0);
  const account = health.sources[0]?.account;
  expect(account).toMatchObject({ seen: count, committed: count, rejected: {}, dropped: {} });
  expect(account !== undefined && isConserved(account)).toBe(true);
  return events.filter((event) => event.op === "frame");
}

const askedFor = (url: string) =>
  askDaemon(url, "reload").then(
    () => "in force",
    (error: unknown) => (error instanceof DaemonRefusedError ? error.causeTag : String(error)),
  );

it("100 alternating good and bad reloads under load: each good one is in force, each bad one refused whole, every frame analysed", async () => {
  const config = join(await folder(), "run.toml");
  const text = (area: number, rest = "") =>
    `segmenter = "threshold"\ngpu = "off"\npollMs = 50\nminAreaPx2 = ${area}\n${rest}`;
  await writeFile(config, text(20));
  const daemon = await startDaemon(["--config", config]);
  const client = await connectClient(daemon.url, "msgpack");
  const stop = microscope(daemon, 60);
  const bad = [
    ["nlmh = 3\n", "Config"],
    ["this is no TOML\n", "ConfigFile"],
    ['model = "absent.json"\n', "Model"],
    ["queueLimit = 7\n", "NotReloadable"],
    ["nlmH = 3000\n", "Config"],
  ] as const;
  for (let round = 1; round <= 50; round += 1) {
    const [rest, tag] = bad[round % bad.length] ?? bad[0];
    // What is right in it must not come into force either.
    await writeFile(config, text(5_000 + round, rest));
    expect(await askedFor(daemon.url)).toBe(tag);
    await writeFile(config, text(20 + round));
    expect(await askedFor(daemon.url)).toBe("in force");
    // However fast this machine reloads, frames come under most of the settings.
    await pause(60);
  }
  const frames = await allAnalysed(client, await stop());
  const settings = client.messages
    .filter((message) => message.op === "settings")
    .map((message) => message.settings.minAreaPx2);
  // Latest wins, so that some may be missing; none of a refused one is there, and the last is.
  expect(settings.filter((area) => area > 70)).toEqual([]);
  expect(settings.at(-1)).toBe(70);
  const ids = frames.map(({ settingsId }) => settingsId);
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  expect(new Set(ids).size).toBeGreaterThan(10);
  client.close();
  expect(await daemon.stop()).toBe(0);
}, 180_000);

describe("another model under load", () => {
  /** The shipped model in a folder of its own, spoilt by `spoil`. */
  async function modelIn(dir: string, name: string, spoil: (weights: Buffer, manifest: string) => [Buffer, string]) {
    const home = join(dir, name);
    await mkdir(home);
    const manifest = await readFile(join(MODELS, "manifest.json"), "utf8");
    const parsed: { readonly file: string; readonly gpu?: { readonly file: string } } = JSON.parse(manifest);
    const [weights, text] = spoil(await readFile(join(MODELS, parsed.file)), manifest);
    if (parsed.gpu !== undefined && parsed.gpu.file !== parsed.file) {
      await copyFile(join(MODELS, parsed.gpu.file), join(home, parsed.gpu.file));
    }
    await writeFile(join(home, parsed.file), weights);
    await writeFile(join(home, "manifest.json"), text);
    return join(home, "manifest.json");
  }

  it("is refused when it is wrong, and the old one serves on; a right one takes over, and no frame is lost", async () => {
    const dir = await folder();
    const config = join(dir, "run.toml");
    const text = (model: string) => `gpu = "off"\nprovider = "cpu"\npollMs = 50\nanalyzers = 1\nmodel = "${model}"\n`;
    const flipped = (weights: Buffer) => {
      weights[1_000] = (weights[1_000] ?? 0) ^ 1;
      return weights;
    };
    const wrongShape = (manifest: string) => {
      const parsed: { input: { shape: unknown[] } } = JSON.parse(manifest);
      parsed.input.shape = parsed.input.shape.map((size) => (size === 512 ? 256 : size));
      return JSON.stringify(parsed);
    };
    const good = await modelIn(dir, "good", (weights, manifest) => [weights, manifest]);
    const spoilt = {
      truncated: await modelIn(dir, "truncated", (weights, manifest) => [weights.subarray(0, 10_000), manifest]),
      flipped: await modelIn(dir, "flipped", (weights, manifest) => [flipped(weights), manifest]),
      shape: await modelIn(dir, "shape", (weights, manifest) => [weights, wrongShape(manifest)]),
    };
    await writeFile(config, text(join(MODELS, "manifest.json")));
    const daemon = await startDaemon(["--config", config]);
    const client = await connectClient(daemon.url, "msgpack");
    const stop = microscope(daemon, 400);
    await client.untilEvents(2);
    for (const model of Object.values(spoilt)) {
      await writeFile(config, text(model));
      expect(await askedFor(daemon.url)).toBe("AnalyzerRefused");
    }
    await writeFile(config, text(good));
    expect(await askedFor(daemon.url)).toBe("in force");
    const swappedAt = client.events().length;
    await client.untilEvents(swappedAt + 3);
    await allAnalysed(client, await stop());
    expect(daemon.log()).not.toContain("died");
    client.close();
    expect(await daemon.stop()).toBe(0);
  }, 180_000);
});
