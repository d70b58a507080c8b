import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { batchesOf, type FrameBatch } from "../../../src/shaders/gpu/batches.js";
import {
  type NlmVariant,
  nlmVariants,
  PLAIN_VARIANT,
  variantName,
  variantNeeds,
} from "../../../src/shaders/kernels/nlm/nlm-variants.js";
import { MeasuredVariant } from "../../../src/shaders/nlm-tuning.js";
import { TuningFile, tuningFile } from "../../../src/shaders/tuning-cache.js";
import { testFrame } from "../../support/test-frames.js";

/** What WebGPU guarantees in core and in compatibility mode. */
const CORE = { maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupStorageSize: 16_384 };
const COMPATIBILITY = { ...CORE, maxComputeInvocationsPerWorkgroup: 128 };

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "ostwald-tuning-"));
});
afterEach(() => rm(dir, { recursive: true }));

function batchOf(px: number, frames = 1): FrameBatch {
  const images = Array.from({ length: frames }, () => testFrame({ content: "flat", seed: 1, width: px, height: px }));
  const [batch] = batchesOf(images, { mostBytes: 2 ** 30, mostFrames: 100 });
  if (batch === undefined) throw new Error("no batch");
  return batch;
}

/** A device on which `fastest` takes 1 ms and every other variant 5; `wrong` gives a wrong pixel. */
function deviceOf({ fastest, wrong }: { readonly fastest: NlmVariant; readonly wrong?: NlmVariant }) {
  let nowMs = 0;
  const ran: string[] = [];
  return {
    ran,
    clockMs: () => nowMs,
    run: async (variant: NlmVariant) => {
      ran.push(variantName(variant));
      nowMs += variant === fastest ? 1 : 5;
      return [{ widthPx: 1, heightPx: 1, levels: Uint8Array.of(variant === wrong ? 8 : 7) }];
    },
  };
}

describe("the choice of a variant", () => {
  const [, second = PLAIN_VARIANT, third = PLAIN_VARIANT] = nlmVariants("u8");

  test("is the fastest, measured once for about so many pixels", async () => {
    const { run, clockMs, ran } = deviceOf({ fastest: third });
    const choice = new MeasuredVariant(new TuningFile(join(dir, "t.json"), "A"), clockMs);
    expect(await choice.choose(batchOf(64), CORE, run)).toBe(third);
    const runs = ran.length;
    expect(new Set(ran)).toEqual(new Set(nlmVariants("u8").map(variantName)));
    expect(await choice.choose(batchOf(62), CORE, run)).toBe(third);
    expect(ran).toHaveLength(runs);
    await choice.choose(batchOf(64, 8), CORE, run);
    expect(ran.length).toBeGreaterThan(runs);
  });

  test("is never one that computes other bits", async () => {
    const { run, clockMs } = deviceOf({ fastest: third, wrong: third });
    const choice = new MeasuredVariant(new TuningFile(join(dir, "t.json"), "A"), clockMs);
    expect(await choice.choose(batchOf(64), CORE, run)).not.toBe(third);
  });

  test("is read from the file by the next process, for the same adapter only", async () => {
    const file = join(dir, "t.json");
    const first = deviceOf({ fastest: second });
    await new MeasuredVariant(new TuningFile(file, "A"), first.clockMs).choose(batchOf(64), CORE, first.run);
    const next = deviceOf({ fastest: third });
    const remembered = new MeasuredVariant(new TuningFile(file, "A"), next.clockMs);
    expect(await remembered.choose(batchOf(64), CORE, next.run)).toBe(second);
    expect(next.ran).toEqual([]);
    const other = new MeasuredVariant(new TuningFile(file, "B"), next.clockMs);
    expect(await other.choose(batchOf(64), CORE, next.run)).toBe(third);
    expect(await remembered.choose(batchOf(64), CORE, next.run)).toBe(second);
  });

  test("is the plain one for tiny frames, and for good after a device was lost on another", async () => {
    const { run, clockMs, ran } = deviceOf({ fastest: third });
    const file = new TuningFile(join(dir, "t.json"), "A");
    expect(await new MeasuredVariant(file, clockMs).choose(batchOf(8), CORE, run)).toBe(PLAIN_VARIANT);
    expect(ran).toEqual([]);
    const lost = async () => Promise.reject(new Error("lost"));
    await expect(new MeasuredVariant(file, clockMs).choose(batchOf(64), CORE, lost)).rejects.toThrow("lost");
    expect(await new MeasuredVariant(file, clockMs).choose(batchOf(64), CORE, run)).toBe(PLAIN_VARIANT);
    expect(ran).toEqual([]);
  });

  test("keeps to what the device allows", async () => {
    const { run, clockMs, ran } = deviceOf({ fastest: third });
    const choice = new MeasuredVariant(new TuningFile(join(dir, "t.json"), "A"), clockMs);
    await choice.choose(batchOf(64), COMPATIBILITY, run);
    const allowed = nlmVariants("u8").filter((variant) => variantNeeds(variant).threads <= 128);
    expect(new Set(ran)).toEqual(new Set(allowed.map(variantName)));
    expect(allowed.length).toBeLessThan(nlmVariants("u8").length);
  });
});

test("every variant fits into the guaranteed limits, and hands its sums over within its tile", () => {
  for (const variant of nlmVariants("u8")) {
    const { threads, workgroupBytes } = variantNeeds(variant);
    expect(threads).toBeLessThanOrEqual(CORE.maxComputeInvocationsPerWorkgroup);
    expect(workgroupBytes).toBeLessThanOrEqual(CORE.maxComputeWorkgroupStorageSize);
    const handedOver = 4 * (threads / variant.slices) * 8 * variant.blockY;
    expect(handedOver).toBeLessThanOrEqual(workgroupBytes);
  }
});

describe("the file of choices", () => {
  const spoilt = [
    ["no JSON", "{"],
    ["empty", ""],
    ["another version", '{"version": 0, "choices": {"A": {"k": "v"}}}'],
    ["no choices", '{"version": 1, "choices": [1]}'],
    ["wrong types", '{"version": 1, "choices": {"A": {"k": 5}, "B": 7}}'],
    ["absurdly large", `{"version": 1, "choices": {"A": {"k": "v"}}}${" ".repeat(300_000)}`],
  ] as const;
  test.each(spoilt)("that is spoilt (%s) is ignored and written anew", async (_, text) => {
    const path = join(dir, "t.json");
    await writeFile(path, text);
    const file = new TuningFile(path, "A");
    expect(await file.get("k")).toBeNull();
    await file.set("k", "v2");
    expect(await file.get("k")).toBe("v2");
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ version: 1, choices: { A: { k: "v2" } } });
    expect(await readdir(dir)).toEqual(["t.json"]);
  });

  test("that cannot be written is done without", async () => {
    const path = join(dir, "folder");
    await mkdir(path);
    const file = new TuningFile(path, "A");
    await file.set("k", "v");
    expect(await file.get("k")).toBeNull();
    expect(await readdir(dir)).toEqual(["folder"]);
  });

  test.runIf(process.platform === "linux")("lies in the user's cache folder", () => {
    expect(tuningFile({ XDG_CACHE_HOME: "/c" })).toBe("/c/ostwald/tuning.json");
    expect(tuningFile({})).toMatch(/\/\.cache\/ostwald\/tuning\.json$/);
  });
});
