/**
 * OpenGL ES through dawn.node, for machines whose driver has no Vulkan. Lives as long as the process, as dawn-native.ts does.
 *
 * @module
 */
import { create } from "webgpu";

export const backendType = "opengles";
export const gpu: GPU = create([`backend=${backendType}`]);
