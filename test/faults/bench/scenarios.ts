/**
 * Every scenario of the fault bench.
 *
 * @module
 */
import type { Scenario } from "./scenario.js";
import { FLOOD_SCENARIOS } from "./scenarios/floods.js";
import { NEIGHBOUR_SCENARIOS } from "./scenarios/neighbours.js";
import { PROCESS_SCENARIOS } from "./scenarios/processes.js";
import { SYSTEM_SCENARIOS } from "./scenarios/system.js";

export const SCENARIOS: readonly Scenario[] = [
  ...PROCESS_SCENARIOS,
  ...SYSTEM_SCENARIOS,
  ...NEIGHBOUR_SCENARIOS,
  ...FLOOD_SCENARIOS,
];
