/**
 * Work that overlaps, with results in the order of the inputs.
 *
 * @module
 */

/** Runs `work` on each input, at most `limit` at a time, and gives the results in order. Ends with the first error. */
export async function* inOrder<In, Out>(
  inputs: Iterable<In>,
  limit: number,
  work: (input: In, index: number) => Promise<Out>,
): AsyncGenerator<Out> {
  const underWay: Promise<Out>[] = [];
  let index = 0;
  for (const input of inputs) {
    const result = work(input, index++);
    // It is awaited in its turn; until then its failure is not unhandled.
    result.catch(() => undefined);
    underWay.push(result);
    const [oldest] = underWay;
    if (underWay.length < limit || oldest === undefined) continue;
    yield await oldest;
    underWay.shift();
  }
  for (const result of underWay) yield await result;
}
