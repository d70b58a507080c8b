import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ModelError } from "../../../src/daemon/inference/model-error.js";
import { loadModel, readManifest, readModelIdentity } from "../../../src/daemon/segment/manifest.js";
import { sha256 } from "../../support/segment.js";

const SHIPPED = fileURLToPath(new URL("../../../models/manifest.json", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ostwald-manifest-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a manifest, the shipped one with changes, and weights beside it. */
async function modelWith(changes: object, weights: Uint8Array): Promise<string> {
  const path = join(folder, "manifest.json");
  const shipped: object = JSON.parse(await readFile(SHIPPED, "utf8"));
  await writeFile(
    path,
    JSON.stringify({ ...shipped, gpu: undefined, file: "m.onnx", sha256: sha256(weights), ...changes }),
  );
  await writeFile(join(folder, "m.onnx"), weights);
  return path;
}

async function faultOf(work: Promise<unknown>): Promise<ModelError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ModelError) return error;
  throw new Error("no ModelError was raised");
}

const weights = new TextEncoder().encode("not a network, but bytes");

describe("loadModel", () => {
  it("gives weights that have the hash of their manifest", async () => {
    const model = await loadModel(await modelWith({}, weights));
    expect(Buffer.from(model.cpu.bytes)).toEqual(Buffer.from(weights));
    expect(model.cpu.sha256).toBe(sha256(weights));
    expect(model.gpu).toBe(model.cpu);
  });

  it("refuses weights with one bit flipped, and cut ones, as corrupt", async () => {
    const path = await modelWith({}, weights);
    const flipped = weights.slice();
    flipped[5] ^= 1;
    for (const bytes of [flipped, weights.subarray(0, -1), new Uint8Array(0)]) {
      await writeFile(join(folder, "m.onnx"), bytes);
      const error = await faultOf(loadModel(path));
      expect(error.fault).toBe("corrupt");
      expect(error.received).toContain(`${bytes.length} bytes with SHA-256 ${sha256(bytes)}`);
      expect(error.expected).toContain(sha256(weights));
    }
  });

  it("says which file is missing", async () => {
    const noManifest = await faultOf(loadModel(join(folder, "none.json")));
    expect([noManifest.fault, noManifest.path]).toEqual(["missing", join(folder, "none.json")]);
    const noWeights = await faultOf(loadModel(await modelWith({ file: "other.onnx" }, weights)));
    expect([noWeights.fault, noWeights.path]).toEqual(["missing", join(folder, "other.onnx")]);
  });
});

describe("readManifest", () => {
  it.each([
    ["a file name that leaves the folder", { file: "../m.onnx" }, "file: must be the name of an .onnx file"],
    ["a hash that is none", { sha256: "abc" }, "sha256: must be 64 hexadecimal digits"],
    ["another format", { format: 1 }, "format: "],
    ["an unknown key", { colour: "red" }, 'Unrecognized key: "colour"'],
    ["an input of two channels", { input: { name: "x", shape: [1, 2, 512, 512] } }, "input.shape: "],
  ])("refuses %s, by name", async (_, changes, text) => {
    const error = await faultOf(readManifest(await modelWith(changes, weights)));
    expect(error.fault).toBe("manifest");
    expect(error.message).toContain(text);
  });

  it("refuses a file that is not JSON", async () => {
    const path = join(folder, "broken.json");
    await writeFile(path, "{ format: 1");
    expect((await faultOf(readManifest(path))).fault).toBe("manifest");
  });
});

describe("the shipped model", () => {
  it("is the one its manifest describes", async () => {
    const { file, sha256: hash } = (await loadModel(SHIPPED)).cpu;
    expect(await readModelIdentity(SHIPPED)).toEqual({ file, sha256: hash });
  });

  it("is named with the same hash in its model card", async () => {
    const { sha256: hash } = await readModelIdentity(SHIPPED);
    expect(await readFile(new URL("../../../models/README.md", import.meta.url), "utf8")).toContain(hash);
  });
});
