/**
 * onnxruntime, behind the little of it that is used: open a session, run it on one input, release it.
 *
 * @module
 */
import { InferenceSession, Tensor } from "onnxruntime-node";

/** Where a model can run, best first. */
export const PROVIDERS = ["cuda", "webgpu", "cpu"] as const;
export type Provider = (typeof PROVIDERS)[number];

/** An input or output of a model; a name in place of a size stands for any. */
export interface TensorDeclaration {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** What a run gave for one output. */
export interface TensorValue {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A model, loaded. `run` blocks the event loop while it computes. */
export interface ModelSession {
  readonly inputs: readonly TensorDeclaration[];
  readonly outputs: readonly TensorDeclaration[];
  run(inputName: string, input: TensorValue): Promise<ReadonlyMap<string, TensorValue>>;
  release(): Promise<void>;
}

/**
 * Loads a model on one provider; what that cannot compute runs on the CPU. Raises onnxruntime's own errors.
 *
 * `threads` are those of the CPU. They sleep between operators: spinning would take the cores from the daemon and its clients.
 */
export async function openSession(weights: Uint8Array, provider: Provider, threads: number): Promise<ModelSession> {
  const session = await InferenceSession.create(weights, {
    executionProviders: [provider === "webgpu" ? { name: "webgpu", storageBufferCacheMode: "simple" } : provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
  return {
    inputs: session.inputMetadata.map(declarationFrom),
    outputs: session.outputMetadata.map(declarationFrom),
    run: async (inputName, { shape, values }) => {
      const outputs = await session.run({ [inputName]: new Tensor("float32", values, shape) });
      return new Map(Object.entries(outputs).map(([name, output]) => [name, valueFrom(output)]));
    },
    release: () => session.release(),
  };
}

function declarationFrom(metadata: InferenceSession.ValueMetadata): TensorDeclaration {
  if (!metadata.isTensor) return { name: metadata.name, type: "no tensor", shape: [] };
  return { name: metadata.name, type: metadata.type, shape: metadata.shape };
}

function valueFrom({ data, dims }: Tensor): TensorValue {
  return { shape: dims, values: data instanceof Float32Array ? data : new Float32Array(0) };
}
