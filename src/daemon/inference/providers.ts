/**
 * Which execution providers a machine has, and the choice between them.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { errorText } from "../../stream/base/errors.js";
import { ModelError, ProviderError } from "./model-error.js";
import { type ModelSession, openSession, PROVIDERS, type Provider } from "./runtime.js";

/** A provider asked for; `auto` takes the first of CUDA, WebGPU and CPU that runs the model on hardware. */
export type ProviderChoice = Provider | "auto";

/** PCI vendors of hardware that WebGPU is worth while on: NVIDIA, AMD, Intel. Virtual displays have others. */
const GPU_VENDORS = ["0x10de", "0x1002", "0x8086"];

/** `y = max(x, 0)` for one number: the least model that proves a provider. */
const SMALLEST_MODEL = Buffer.from(
  "CAgSADozCgwKAXgSAXkiBFJlbHUSAWdaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgQKABAN",
  "base64",
);

/** What is to be run, and how. */
export interface SessionRequest {
  readonly weightsFor: (provider: Provider) => Uint8Array;
  readonly provider: ProviderChoice;
  /** Of one run, on the CPU. */
  readonly threads: number;
  /** Runs the session once as it will be used; a provider whose trial fails is passed over. ModelErrors are the model's fault, and raised. */
  readonly trial: (session: ModelSession, provider: Provider) => Promise<void>;
}

/** A session, the provider it runs on and why not on a better one. */
export interface ChosenSession {
  readonly session: ModelSession;
  readonly provider: Provider;
  readonly notes: readonly string[];
}

/**
 * Opens a model on the provider asked for. With `auto`, providers that are absent or fail are passed over with a note; a provider
 * asked for by name is taken as it is, a software GPU too. Raises ProviderError where nothing runs the model, and the trial's ModelError.
 */
export async function chooseSession(request: SessionRequest): Promise<ChosenSession> {
  const choice = request.provider;
  const notes: string[] = [];
  for (const provider of choice === "auto" ? PROVIDERS : [choice]) {
    const absence = absenceOf(provider);
    if (absence !== null && (choice === "auto" || provider === "cuda")) {
      notes.push(`${provider} passed over: ${absence}`);
      continue;
    }
    try {
      return { session: await triedSession(request, provider), provider, notes };
    } catch (error) {
      if (error instanceof ModelError) throw error;
      notes.push(`${provider} failed: ${errorText(error)}`);
    }
  }
  throw new ProviderError(choice, {
    received: `--provider ${choice}, where ${notes.join("; ")}`,
    expected: "an execution provider that runs the model",
    remedy: "Run `ostwald doctor` to see what this machine has, or use --provider auto.",
  });
}

async function triedSession({ weightsFor, threads, trial }: SessionRequest, provider: Provider): Promise<ModelSession> {
  const session = await openSession(weightsFor(provider), provider, threads);
  try {
    await trial(session, provider);
    return session;
  } catch (error) {
    await session.release();
    throw error;
  }
}

/** What `doctor` shows of a provider. */
export interface ProviderReport {
  readonly provider: Provider;
  readonly isUsable: boolean;
  readonly detail: string;
}

/** Tries every provider on the smallest model there is. Loads native libraries: for a process of its own. */
export async function probeProviders(): Promise<readonly ProviderReport[]> {
  const reports: ProviderReport[] = [];
  for (const provider of PROVIDERS) reports.push(await probe(provider));
  return reports;
}

async function probe(provider: Provider): Promise<ProviderReport> {
  const absence = absenceOf(provider);
  if (absence !== null) return { provider, isUsable: false, detail: absence };
  try {
    const session = await openSession(SMALLEST_MODEL, provider, 1);
    await session.run({ x: { shape: [1], values: Float32Array.of(1) } });
    await session.release();
    return { provider, isUsable: true, detail: "ran a model" };
  } catch (error) {
    return { provider, isUsable: false, detail: errorText(error) };
  }
}

/**
 * Why a provider is not here, without loading it; `null` where it may be.
 *
 * Asking onnxruntime is no way to find out: a missing CUDA library is printed to stderr, and its WebGPU provider takes a software renderer
 * for a GPU, on which a frame lasts seconds.
 */
function absenceOf(provider: Provider): string | null {
  if (provider === "cuda") return hasCudaLibrary() ? null : "onnxruntime's CUDA library is not installed";
  if (provider === "webgpu") return hasGpu() ? null : "no GPU found";
  return null;
}

function hasCudaLibrary(): boolean {
  const binaries = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")), "../bin/napi-v6");
  const name = process.platform === "win32" ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so";
  return existsSync(join(binaries, process.platform, process.arch, name));
}

/** Elsewhere than on Linux every desktop has a GPU of its own. */
function hasGpu(): boolean {
  if (process.platform !== "linux") return true;
  return existsSync("/proc/driver/nvidia/version") || pciVendors().some((vendor) => GPU_VENDORS.includes(vendor));
}

/** Vendors of the devices that render, as the kernel lists them. */
function pciVendors(): readonly string[] {
  const root = "/sys/class/drm";
  if (!existsSync(root)) return [];
  const files = readdirSync(root)
    .filter((name) => name.startsWith("renderD"))
    .map((name) => join(root, name, "device/vendor"));
  return files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8").trim());
}
