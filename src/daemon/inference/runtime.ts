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

/** What goes into a run or comes out of it: float32, or int64 for counts and labels. */
export interface TensorValue {
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

/** A model, loaded. `run` blocks the event loop while it computes. */
export interface ModelSession {
  readonly inputs: readonly TensorDeclaration[];
  readonly outputs: readonly TensorDeclaration[];
  run(inputs: Readonly<Record<string, TensorValue>>): Promise<ReadonlyMap<string, TensorValue>>;
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
    run: async (inputs) => {
      const feeds = Object.entries(inputs).map(([name, value]) => [name, tensorFrom(value)] as const);
      const outputs = await session.run(Object.fromEntries(feeds));
      return new Map(Object.entries(outputs).map(([name, output]) => [name, valueFrom(output)]));
    },
    release: () => session.release(),
  };
}

function declarationFrom(metadata: InferenceSession.ValueMetadata): TensorDeclaration {
  if (!metadata.isTensor) return { name: metadata.name, type: "no tensor", shape: [] };
  return { name: metadata.name, type: metadata.type, shape: metadata.shape };
}

function tensorFrom({ shape, values }: TensorValue): Tensor {
  return values instanceof Float32Array ? new Tensor("float32", values, shape) : new Tensor("int64", values, shape);
}

function valueFrom({ data, dims }: Tensor): TensorValue {
  const isRead = data instanceof Float32Array || data instanceof BigInt64Array;
  return { shape: dims, values: isRead ? data : new Float32Array(0) };
}
