/** The part of gpu.js that is used here, of the file that is made for browsers: the package's entry for Node loads native code. */
declare module "gpu.js/dist/gpu-browser.js" {
  /** Where a kernel's result stays between kernels: a texture, or on the CPU an array. */
  export type Held = object;
  export interface Kernel {
    (...args: readonly (Held | number)[]): Held;
    destroy(): void;
  }
  export interface KernelSettings {
    readonly output: readonly number[];
    readonly constants?: Readonly<Record<string, number>>;
    /** The result stays where the kernels run, in the place of the one before. */
    readonly pipeline?: boolean;
    readonly precision?: "single";
    readonly tactic?: "precision";
    readonly optimizeFloatMemory?: boolean;
  }
  export class GPU {
    constructor(settings: { readonly mode: "webgl2" | "cpu" });
    static readonly isWebGL2Supported: boolean;
    createKernel(source: string, settings: KernelSettings): Kernel;
    destroy(): Promise<void>;
  }
}
