/**
 * The platform's own GPU interface, through dawn.node.
 *
 * The object lives in this module, that is as long as the process: dawn.node ends the process when it is collected. Import
 * this file dynamically, since the package does not load everywhere.
 *
 * @module
 */
import { create } from "webgpu";

const NATIVE_BACKENDS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: "metal", win32: "d3d12" };

/** `vulkan`, `metal` or `d3d12`. */
export const backendType = NATIVE_BACKENDS[process.platform] ?? "vulkan";
/** Device times unrounded: quantised they would all be 0. */
export const gpu: GPU = create([`backend=${backendType}`, "disable-dawn-features=timestamp_quantization"]);
