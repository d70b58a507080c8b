/**
 * The process that `doctor` starts for each look at native libraries: one topic in, one line of JSON out.
 *
 * @module
 */

import { listAdapters } from "../../../shaders/gpu/adapters.js";
import { probeProviders } from "../../inference/providers.js";
import type { ProbeTopic } from "./run-probe.js";

const PROBES: Readonly<Record<ProbeTopic, () => Promise<unknown>>> = {
  adapters: listAdapters,
  providers: probeProviders,
};

const probe = Object.entries(PROBES).find(([topic]) => topic === process.argv[2])?.[1];
// The answer begins a line of its own, whatever the libraries have printed.
process.stdout.write(`\n${JSON.stringify(await probe?.())}\n`, () => process.exit(0));
