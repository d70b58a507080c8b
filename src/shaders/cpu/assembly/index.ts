// The kernels of the CPU, compiled to one WebAssembly module; cpu/wasm-kernels.ts and cpu/level-kernels.ts are its hosts.
export { gaussianF32, gaussianU8 } from "./gaussian";
export { COEFFICIENTS, SCRATCH_BYTES } from "./layout";
export { countRunsF32, countRunsU8, histogramU8, LEVEL_COUNTS, runsF32, runsU8 } from "./levels";
export { nlmF32 } from "./nlm-f32";
export { nlmU8 } from "./nlm-u8";
export { noiseU8 } from "./noise";
export { bandSkewnessU8, shrunkPlaneBytes } from "./skewness";
