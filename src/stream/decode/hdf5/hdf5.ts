/**
 * HDF5: Velox EMD, NCEM EMD, and any dataset of images.
 *
 * @module
 */
import { FrameRejectedError } from "../../base/frame.js";
import { doubtAboutTail } from "../byte-source.js";
import {
  type ByteSource,
  type CompleteImage,
  type ImageFormat,
  inspectionOf,
  type OpenImage,
  type ReadOptions,
} from "../format.js";
import { incomplete } from "../refusals.js";
import { matchHdf5, readHdf5End } from "./superblock.js";
import { countHdf5Pages, decodeHdf5Page } from "./thread.js";

export const hdf5: ImageFormat = {
  name: "HDF5 (EMD of Velox and NCEM, any dataset; stacks)",
  matches: matchHdf5,
  inspect: (source, options) => inspectionOf(() => inspectHdf5(source, options)),
  open: openHdf5,
};

/** An HDF5 file is complete when it reaches to where its superblock says it ends; more is what a writer has not yet accounted for. */
async function inspectHdf5(source: ByteSource, { hdf5Dataset }: ReadOptions): Promise<CompleteImage> {
  const isLonger = (await readEndWithin(source)) < source.sizeBytes;
  try {
    const pages = await countHdf5Pages(source, hdf5Dataset);
    const mayGrow = pages > 1 || isLonger;
    const doubt = mayGrow
      ? `${pages} frames so far, which may be more`
      : await doubtAboutTail(source, 0, source.sizeBytes);
    return { state: "complete", pages, doubt };
  } catch (error) {
    if (!isLonger || !(error instanceof FrameRejectedError) || error.reason !== "corrupt") throw error;
    throw incomplete(`an HDF5 file whose writer has not closed it (${error.received})`);
  }
}

async function openHdf5(source: ByteSource, { hdf5Dataset }: ReadOptions): Promise<OpenImage> {
  await readEndWithin(source);
  return { decode: (page) => decodeHdf5Page(source, hdf5Dataset, page) };
}

async function readEndWithin(source: ByteSource): Promise<number> {
  const endBytes = await readHdf5End(source);
  if (endBytes <= source.sizeBytes) return endBytes;
  throw incomplete(`a file of ${source.sizeBytes} bytes that ends at byte ${endBytes} by its HDF5 superblock`);
}
