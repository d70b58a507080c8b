/**
 * Requests on their way, by id, and what became of each.
 *
 * @module
 */
import type { ServerMessage } from "../../../src/stream/protocol/messages.js";

/** What became of a request. `lost`: the connection ended before the answer; it may or may not have been carried out. */
export type Answer =
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly received: string; readonly expected: string; readonly remedy: string }
  | { readonly kind: "lost" };

export interface Requests {
  create(): { readonly requestId: string; readonly answer: Promise<Answer> };
  /** Settles the request that `message` answers; an answer to nobody is ignored. */
  settle(message: Extract<ServerMessage, { op: "done" | "error" }>): void;
  /** Settles all requests as lost. */
  abandon(): void;
}

export function createRequests(): Requests {
  const waiting = new Map<string, (answer: Answer) => void>();
  let created = 0;

  const finish = (requestId: string, answer: Answer) => {
    waiting.get(requestId)?.(answer);
    waiting.delete(requestId);
  };

  return {
    create() {
      created += 1;
      const requestId = `page-${created}`;
      const answer = new Promise<Answer>((resolve) => {
        waiting.set(requestId, resolve);
      });
      return { requestId, answer };
    },
    settle(message) {
      if (message.requestId === null) return;
      if (message.op === "done") return finish(message.requestId, { kind: "done" });
      const { received, expected, remedy } = message;
      finish(message.requestId, { kind: "refused", received, expected, remedy });
    },
    abandon() {
      for (const requestId of [...waiting.keys()]) finish(requestId, { kind: "lost" });
    },
  };
}
