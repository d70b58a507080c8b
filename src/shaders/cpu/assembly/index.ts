// The filters of the CPU, compiled to one WebAssembly module; cpu/wasm-kernels.ts is its host.
export { gaussianF32, gaussianU8 } from "./gaussian";
export { COEFFICIENTS, SCRATCH_BYTES } from "./layout";
export { nlmF32 } from "./nlm-f32";
export { nlmU8 } from "./nlm-u8";
