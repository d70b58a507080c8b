/**
 * The Chromium inside the npm package @sparticuz/chromium, unpacked: the browser itself, the libraries and the fonts it needs. Works
 * without root and without anything installed on the machine.
 *
 * @module
 */
import { createReadStream, createWriteStream } from "node:fs";
import { access, chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar";

export interface BrowserFiles {
  readonly executable: string;
  /** What the browser's process needs in its environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const PACKAGE = fileURLToPath(new URL("../../node_modules/@sparticuz/chromium", import.meta.url));
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/ostwald", import.meta.url));

/** Unpacks once a machine and version. Safe for any number of processes at the same time: a complete folder appears by renaming. */
export async function browserFiles(): Promise<BrowserFiles> {
  const { version } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8")) as { version: string };
  const home = join(CACHE, `chromium-${version}`);
  if (!(await exists(home))) await unpackInto(home);
  const { LD_LIBRARY_PATH: inherited } = process.env;
  return {
    executable: join(home, "chromium"),
    environment: {
      LD_LIBRARY_PATH: [join(home, "lib"), home, inherited].filter(Boolean).join(":"),
      FONTCONFIG_FILE: join(home, "fonts.conf"),
    },
  };
}

async function unpackInto(home: string): Promise<void> {
  await mkdir(dirname(home), { recursive: true });
  const unfinished = await mkdtemp(`${home}-`);
  try {
    await inflate("chromium.br", join(unfinished, "chromium"));
    for (const archive of ["al2023", "swiftshader", "fonts"]) await untar(`${archive}.tar.br`, unfinished);
    await chmod(join(unfinished, "chromium"), 0o755);
    await writeFile(join(unfinished, "fonts.conf"), fontConfiguration(home));
    await rename(unfinished, home);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process was quicker: its folder is as good.
    if (!(await exists(home))) throw error;
  }
}

async function inflate(name: string, target: string): Promise<void> {
  await pipeline(createReadStream(join(PACKAGE, "bin", name)), createBrotliDecompress(), createWriteStream(target));
}

async function untar(name: string, cwd: string): Promise<void> {
  await pipeline(createReadStream(join(PACKAGE, "bin", name)), createBrotliDecompress(), extract({ cwd }));
}

/** Only the package's own fonts: pages look the same on every machine. */
function fontConfiguration(home: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(home, "fonts")}</dir>
  <cachedir>${join(home, "fonts-cache")}</cachedir>
</fontconfig>
`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
