import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname;
const document = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");

interface Import {
  readonly file: string;
  readonly specifier: string;
}

/** `import ... from "x"`, its last line, `import "x"`, `import("x")`. */
const IMPORT = /^(?:import\s[^"]*?|export\s[^"=]*?|\}\s)from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;

/** Every static or dynamic import of a source file. */
function importsOf(folder: string): readonly Import[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.config\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  return files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(IMPORT)].map((match) => ({
      file: file.slice(ROOT.length),
      specifier: match[1] ?? match[2] ?? match[3] ?? "",
    })),
  );
}

/** `@scope/name/path` and `name/path` without the path. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The rows of the table that begins with `header`, cell by cell. */
function tableRows(header: string): readonly (readonly string[])[] {
  const [, after = ""] = document.split(`${header}\n`);
  const lines = after.split("\n").slice(1);
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(0, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const namesIn = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");

const imports = [...importsOf("src"), ...importsOf("dashboard")];

describe("docs/architecture.md", () => {
  const homes = new Map(
    tableRows("| package | imported only in |").map(([name, home]) => [namesIn(name)[0] ?? "", namesIn(home)]),
  );
  const thirdParty = imports.filter(({ specifier }) => !/^(\.|node:|virtual:)/.test(specifier));

  it("names the home of every third-party package, and each is imported there only", () => {
    const strays = thirdParty.filter(({ file, specifier }) => {
      const home = homes.get(packageOf(specifier)) ?? [];
      return !home.some((folder) => file.startsWith(folder));
    });
    expect(strays).toEqual([]);
  });

  it("names no package that is not imported", () => {
    const used = new Set(thirdParty.map(({ specifier }) => packageOf(specifier)));
    expect([...homes.keys()].filter((name) => !used.has(name))).toEqual([]);
  });

  it("names every room, and no room that is not there", () => {
    const rooms = tableRows("| room | what lives there | imports |").flatMap(([room]) => namesIn(room));
    const folders = ["src/stream", "src/daemon", "src/shaders"].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${folder}/${entry.name}`),
    );
    const named = (folder: string) =>
      rooms.some((room) => room === folder || room.startsWith(`${folder}/`) || room === folder.split("/").at(-1));
    expect(folders.filter((folder) => !named(folder))).toEqual([]);
  });
});

describe("the daemon's own process", () => {
  it("loads no native code: none is imported from its entry but on demand", () => {
    const STATIC = /^(?:import\s(?!type)[^"]*?|export\s(?!type)[^"=]*?|\}\s)from\s+"([^"]+)"|^import\s+"([^"]+)"/gm;
    const seen = new Set<string>();
    const packages = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const match of readFileSync(file, "utf8").matchAll(STATIC)) {
        const specifier = match[1] ?? match[2] ?? "";
        if (specifier.startsWith(".")) visit(join(dirname(file), specifier.replace(/\.js$/, ".ts")));
        else packages.add(specifier);
      }
    };
    visit(join(ROOT, "src/daemon/main.ts"));
    expect(seen.size).toBeGreaterThan(100);
    expect([...packages].filter((name) => ["onnxruntime-node", "webgpu"].includes(name))).toEqual([]);
  });
});

describe("package.json", () => {
  const manifest: unknown = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const dependencies = (key: string): readonly string[] => {
    const value: unknown = typeof manifest === "object" && manifest !== null ? Reflect.get(manifest, key) : undefined;
    return typeof value === "object" && value !== null ? Object.keys(value) : [];
  };

  it("lists as dependencies exactly what the daemon imports", () => {
    const used = new Set(
      importsOf("src")
        .map(({ specifier }) => packageOf(specifier))
        .filter((name) => !/^(\.|node:)/.test(name)),
    );
    expect([...used].sort()).toEqual([...dependencies("dependencies")].sort());
  });
});
