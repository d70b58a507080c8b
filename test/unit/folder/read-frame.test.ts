/** Reading exactly the content that was offered, or nothing. */
import { rename, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fingerprintFrom } from "../../../src/stream/source/folder/fingerprint.js";
import { readFrame } from "../../../src/stream/source/folder/read-frame.js";
import { flatPng, reasonOf, tiffFile } from "../../support/decode.js";
import { emptyFolder } from "../../support/folder.js";
import { pause } from "../../support/waiting.js";

async function offered(content: Uint8Array) {
  const path = join(await emptyFolder(), "frame.png");
  await writeFile(path, content);
  return { path, fingerprint: fingerprintFrom(await stat(path)) };
}

/** Small files are read at once, larger ones piece by piece; what follows a PNG's end is no part of it. */
const SIZES = [
  { size: "small", padding: 0 },
  { size: "large", padding: 1_500_000 },
];

describe.each(SIZES)("a $size file", ({ padding }) => {
  const content = (level: number) => Buffer.concat([flatPng(level), Buffer.alloc(padding)]);

  const offeredFile = () => offered(content(5));

  test("the bytes of the content that was offered", async () => {
    const { path, fingerprint } = await offeredFile();
    expect((await readFrame(path, fingerprint, 0)).pixels[0]).toBe(5);
  });

  test("a file that is gone has vanished", async () => {
    const { path, fingerprint } = await offeredFile();
    await rm(path);
    expect(await reasonOf(readFrame(path, fingerprint, 0))).toBe("vanished");
  });

  test("overwritten, replaced or cut, it has changed", async () => {
    const overwritten = await offeredFile();
    await pause(20);
    await writeFile(overwritten.path, content(6));
    expect(await reasonOf(readFrame(overwritten.path, overwritten.fingerprint, 0))).toBe("changed");
    const replaced = await offeredFile();
    await writeFile(`${replaced.path}.new`, content(5));
    await rename(`${replaced.path}.new`, replaced.path);
    expect(await reasonOf(readFrame(replaced.path, replaced.fingerprint, 0))).toBe("changed");
    const cut = await offeredFile();
    await truncate(cut.path, 10);
    expect(await reasonOf(readFrame(cut.path, cut.fingerprint, 0))).toBe("changed");
  });
});

test("one page of a series is decoded from its own bytes, under the same checks", async () => {
  const path = join(await emptyFolder(), "movie.tif");
  await writeFile(path, tiffFile([1, 2, 3], 64));
  const fingerprint = fingerprintFrom(await stat(path));
  expect((await readFrame(path, fingerprint, 2)).pixels[0]).toBe(3);
  expect(await reasonOf(readFrame(path, fingerprint, 3))).toBe("corrupt");
  await truncate(path, 100);
  expect(await reasonOf(readFrame(path, fingerprint, 2))).toMatch(/changed|incomplete/);
});

test("a symbolic link is not followed, even to the very content that was offered", async () => {
  const { path, fingerprint } = await offered(flatPng(5, 8));
  const link = join(await emptyFolder(), "link.png");
  await symlink(path, link);
  expect(await reasonOf(readFrame(link, fingerprint, 0))).toBe("changed");
});
