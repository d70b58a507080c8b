/**
 * Velox EMD (Thermo Fisher): `/Data/Image/ID/Data` of rows, columns and frames, beside it `Metadata`, a JSON text a frame.
 *
 * @module
 */
import { isSquare, pixelSizeInUnit } from "../pixel-size.js";
import { unsupported } from "../refusals.js";
import { acquiredAt, exposureFrom, parseDecimal } from "../stated.js";
import type { Hdf5Image, PageFacts } from "./layout.js";
import type { DatasetInfo, Hdf5File } from "./library.js";

const IMAGES = "/Data/Image";
/** Bytes of the longest JSON text. */
const METADATA_LIMIT_BYTES = 1_048_576;
const NOTHING: PageFacts = { pixelSizeNm: null, acquiredAtMs: null, exposureMs: null };

/** Of several detectors the one whose contrast is mass: HAADF; else the first. Fourier transforms, which are complex, are left out. */
export function veloxImage(file: Hdf5File, path: string | null): Hdf5Image | null {
  const groups = path === null ? file.names(IMAGES).map((name) => `${IMAGES}/${name}`) : groupOf(path);
  const images = groups
    .map((group) => file.dataset(`${group}/Data`))
    .filter((info) => info !== null && info.shape.length === 3);
  const real = images.filter((info) => info?.kind !== null);
  const haadf = real.length > 1 ? real.find((info) => info !== null && isHaadf(file, info)) : undefined;
  const info = haadf ?? real[0] ?? images[0];
  if (path === null && !info) checkNoSpectra(file);
  if (info === undefined || info === null) return null;
  return { info, axes: { row: 0, column: 1 }, facts: (page) => factsOf(readMetadata(file, info, page)) };
}

/** What Velox keeps beside images; a file of these alone has arrays that could be taken for images. */
const OTHERS: readonly string[] = ["Spectrum", "SpectrumStream", "SpectrumImage", "Line"];

function checkNoSpectra(file: Hdf5File): void {
  const kinds = file.names("/Data").filter((name) => OTHERS.includes(name));
  if (kinds.length > 0) throw unsupported(`a Velox file of ${kinds.join(", ")} without an image`, "an image");
}

function groupOf(path: string): readonly string[] {
  const group = /^(\/Data\/Image\/[^/]+)\/Data$/.exec(path)?.[1];
  return group === undefined ? [] : [group];
}

function isHaadf(file: Hdf5File, info: DatasetInfo): boolean {
  return textAt(readMetadata(file, info, 0), "BinaryResult", "Detector").includes("HAADF");
}

/** The JSON of a frame; of the first one where a frame has none of its own. */
function readMetadata(file: Hdf5File, { path }: DatasetInfo, page: number): unknown {
  const place = path.replace(/Data$/, "Metadata");
  const info = file.dataset(place);
  const [length = 0, columns = 0] = info?.shape ?? [];
  if (info?.kind !== "u8" || info.shape.length !== 2 || length > METADATA_LIMIT_BYTES || columns === 0) return null;
  const bytes = file.read(place, { offset: [0, page < columns ? page : 0], count: [length, 1] });
  const end = bytes.indexOf(0);
  try {
    return JSON.parse(Buffer.from(bytes.subarray(0, end < 0 ? length : end)).toString("utf8"));
  } catch {
    return null;
  }
}

function factsOf(metadata: unknown): PageFacts {
  if (metadata === null) return NOTHING;
  const number = (...keys: readonly string[]) => parseDecimal(textAt(metadata, ...keys));
  const [x, y] = [number("BinaryResult", "PixelSize", "width"), number("BinaryResult", "PixelSize", "height")];
  const detector = `Detector-${number("BinaryResult", "DetectorIndex")}`;
  const exposureS = number("Detectors", detector, "ExposureTime");
  return {
    pixelSizeNm: isSquare(x, y) ? pixelSizeInUnit(x, textAt(metadata, "BinaryResult", "PixelUnitX")) : null,
    acquiredAtMs: acquiredAt(number("Acquisition", "AcquisitionStartDatetime", "DateTime") * 1e3),
    // A camera's exposure, or the time that the beam took over the whole frame.
    exposureMs: exposureFrom(exposureS * 1e3) ?? exposureFrom(number("Scan", "FrameTime") * 1e3),
  };
}

/** A text at a path of keys, "" where there is none; Velox writes numbers as texts. */
function textAt(value: unknown, ...keys: readonly string[]): string {
  let found: unknown = value;
  for (const key of keys) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return "";
    found = Reflect.get(found, key);
  }
  return typeof found === "string" ? found : typeof found === "number" ? String(found) : "";
}
