/**
 * The numeric flags of WebGPU (https://www.w3.org/TR/webgpu), which Node has no globals for.
 *
 * @module
 */

export const BUFFER_USAGE = {
  mapRead: 0x1,
  mapWrite: 0x2,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;
export const MAP_READ = 0x1;
export const MAP_WRITE = 0x2;
export const STAGE_COMPUTE = 0x4;
