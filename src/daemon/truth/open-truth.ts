/**
 * Truth from a folder, or from one COCO file, whatever its format.
 *
 * @module
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { errorText } from "../../stream/base/errors.js";
import { decodeImage } from "../../stream/decode/resolve.js";
import { compareNatural } from "../../stream/source/folder/names.js";
import { cocoEntries } from "./coco.js";
import { TruthError } from "./errors.js";
import { paintedFormatOf, paintedTruth } from "./picture.js";
import type { TruthEntry, TruthFormat } from "./truth-source.js";
import { yoloTruth } from "./yolo.js";

/** `auto`: told from the files. */
export type TruthChoice = TruthFormat | "auto";

/** What labelling tools put beside YOLO's boxes: the names of the classes. */
const CLASS_NAMES = "classes.txt";

const PICTURE_ENDINGS = [".png", ".tif", ".tiff"];

/**
 * Everything at `path` that says what is in an image, by name.
 *
 * `auto` takes pictures where there are any (each is a mask or a label image by its own values), else `.txt` as YOLO boxes, else one
 * `.json` as COCO. Raises TruthError where there is nothing of the kind.
 */
export async function openTruth(path: string, choice: TruthChoice): Promise<readonly TruthEntry[]> {
  const files = await filesAt(path);
  const ending = (file: string) => extname(file).toLowerCase();
  const pictures = files.filter((file) => PICTURE_ENDINGS.includes(ending(file)));
  const texts = files.filter((file) => ending(file) === ".txt" && basename(file) !== CLASS_NAMES);
  const [json, ...moreJson] = files.filter((file) => ending(file) === ".json");
  if (["auto", "mask", "labels"].includes(choice) && pictures.length > 0) {
    return pictures.map((file) => paintedEntry(file, choice));
  }
  if (["auto", "yolo"].includes(choice) && texts.length > 0) return texts.map(yoloEntry);
  if (["auto", "coco"].includes(choice) && json !== undefined && moreJson.length === 0) {
    return cocoEntries(await readText(json), basename(json));
  }
  throw new TruthError({
    received: `${path}, in which there is no truth${choice === "auto" ? "" : ` of the format ${choice}`}`,
    expected: "masks or label images (.png, .tif), YOLO boxes (.txt), or one COCO file (.json)",
    remedy: "Correct the path after --truth, or the format after --truth-format.",
  });
}

async function filesAt(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => !name.startsWith("."));
    return names.sort(compareNatural).map((name) => join(path, name));
  } catch (cause) {
    throw new TruthError({
      received: `${path} (${errorText(cause)})`,
      expected: "a folder of truth, or a COCO file",
      remedy: "Correct the path after --truth.",
      cause,
    });
  }
}

function paintedEntry(file: string, choice: TruthChoice): TruthEntry {
  const name = basename(file);
  return {
    name,
    read: async (image) => {
      const picture = await decodeImage(await readFile(file));
      return paintedTruth(
        picture,
        choice === "mask" || choice === "labels" ? choice : paintedFormatOf(picture),
        name,
        image,
      );
    },
  };
}

function yoloEntry(file: string): TruthEntry {
  const name = basename(file);
  return { name, read: async (image) => yoloTruth(await readText(file), name, image) };
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new TruthError({
      received: `${file}, which cannot be read (${errorText(cause)})`,
      expected: "a file that can be opened",
      remedy: "Correct its permissions.",
      cause,
    });
  });
}
