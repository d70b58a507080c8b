import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { startLedgerThread } from "../../../src/daemon/ledger/link.js";
import { emptyFolder } from "../../support/folder.js";

it("a thread that ends, whatever of, refuses calls before and after, and can still be closed", async () => {
  const entry = join(await emptyFolder(), "broken-thread.mjs");
  await writeFile(entry, "throw new Error('cannot be loaded');\n");
  const link = startLedgerThread("any.ledger", pathToFileURL(entry));
  await expect(link.call("runs")).rejects.toThrow("the ledger's thread ended");
  await expect(link.call("runs")).rejects.toThrow("the ledger's thread ended");
  await link.close();
});
