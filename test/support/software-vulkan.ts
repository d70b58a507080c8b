/**
 * A software Vulkan driver for tests: SwiftShader, out of the npm package that also brings the tests' browser.
 *
 * Nothing is downloaded and nothing installed: the driver is unpacked once into node_modules/.cache.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar";

const NODE_MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));
const PACKAGE = join(NODE_MODULES, "@sparticuz", "chromium");
const { version } = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as { readonly version: string };
const { LD_LIBRARY_PATH } = process.env;
const CACHE = join(NODE_MODULES, ".cache", "ostwald");
const DRIVER = join(CACHE, `swiftshader-${version}`);

/** What a process needs in its environment before it starts, to find the driver and the Vulkan loader. */
export const SOFTWARE_VULKAN_ENV = {
  VK_ICD_FILENAMES: join(DRIVER, "vk_swiftshader_icd.json"),
  LD_LIBRARY_PATH: [DRIVER, LD_LIBRARY_PATH].filter(Boolean).join(":"),
} as const;

/** Unpacks the driver unless that is done. Safe to run at once in many processes: the folder appears whole or not at all. */
export async function unpackSoftwareVulkan(): Promise<void> {
  if (existsSync(DRIVER)) return;
  const unpacking = join(CACHE, `unpacking-${randomUUID()}`);
  await mkdir(unpacking, { recursive: true });
  try {
    const archive = createReadStream(join(PACKAGE, "bin", "swiftshader.tar.br"));
    await pipeline(archive, createBrotliDecompress(), extract({ cwd: unpacking }));
    await rename(unpacking, DRIVER);
  } catch (error) {
    await rm(unpacking, { recursive: true, force: true });
    // Another process was faster: its folder is as good.
    if (!existsSync(DRIVER)) throw error;
  }
}

/** The hook that vitest calls before the tests of the project `gpu`. */
export { unpackSoftwareVulkan as setup };
