/**
 * Asks for pictures at a client's own pace. A picture takes a while to make, so the asking is paced and not the sending: the client
 * gets its rate and each picture fresh, and one that another client asked for is not sent to it.
 *
 * @module
 */
export class PreviewPacer {
  #askDueMs = Number.NEGATIVE_INFINITY;
  #awaiting = false;

  /** Whether to ask for a picture now; if so, the next time is `intervalMs` later. */
  ask(nowMs: number, intervalMs: number): boolean {
    if (nowMs < this.#askDueMs) return false;
    // In step with the interval unless a whole one was missed, so that frames off the beat do not lower the rate.
    this.#askDueMs = (nowMs - this.#askDueMs < intervalMs ? this.#askDueMs : nowMs) + intervalMs;
    this.#awaiting = true;
    return true;
  }

  /** A picture is here: whether it was asked for and is to be sent. */
  accept(): boolean {
    const awaited = this.#awaiting;
    this.#awaiting = false;
    return awaited;
  }
}
