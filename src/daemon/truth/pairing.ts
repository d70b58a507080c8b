/**
 * Which truth belongs to which image, told by their names.
 *
 * @module
 */

/** What writers add to the name of an image when they name its truth: `frame_000001.labels.png`, `a_mask.tif`. */
const TRUTH_ENDING = /[._-](labels?|masks?|gt|truth|seg|instances?)$/i;

/** The name of a file without its folder's part, its ending, and what says that it is truth. */
export function stemOf(name: string): string {
  return name.replace(/\.[^.]+$/, "").replace(TRUTH_ENDING, "");
}

/** The number at the end of a stem: 3 of `image_3` and of `label_0003`; `null` without one. */
function indexOf(stem: string): number | null {
  const digits = /(\d+)$/.exec(stem)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Images with the truth that is theirs, and what is left of both. */
export interface Pairing<Image, Entry> {
  readonly pairs: readonly { readonly image: Image; readonly entry: Entry }[];
  readonly withoutTruth: readonly Image[];
  readonly withoutImage: readonly Entry[];
}

interface Named {
  readonly name: string;
}

/**
 * Pairs those of the same stem; what is left, by the number at the end of the stem (`image_3.png` and `label_3.png`), where no two of
 * what is left on either side share a number: names that end in the same number by chance (`Cu1`, `Pd1`) say nothing.
 */
export function paired<Image extends Named, Entry extends Named>(
  images: readonly Image[],
  entries: readonly Entry[],
): Pairing<Image, Entry> {
  const byStem = new Map(entries.map((entry) => [stemOf(entry.name), entry]));
  const partners = new Map<Image, Entry>();
  for (const image of images) {
    const entry = byStem.get(stemOf(image.name));
    if (entry !== undefined) partners.set(image, entry);
  }
  const free = () => {
    const taken = new Set(partners.values());
    return entries.filter((entry) => !taken.has(entry));
  };
  const byIndex = uniqueByIndex(free());
  for (const [index, image] of uniqueByIndex(images.filter((image) => !partners.has(image)))) {
    const entry = byIndex.get(index);
    if (entry !== undefined) partners.set(image, entry);
  }
  return {
    pairs: images.flatMap((image) => {
      const entry = partners.get(image);
      return entry === undefined ? [] : [{ image, entry }];
    }),
    withoutTruth: images.filter((image) => !partners.has(image)),
    withoutImage: free(),
  };
}

/** What ends in a number, by it; nothing at all where two end in the same. */
function uniqueByIndex<Item extends Named>(items: readonly Item[]): ReadonlyMap<number, Item> {
  const byIndex = new Map<number, Item>();
  for (const item of items) {
    const index = indexOf(stemOf(item.name));
    if (index === null) continue;
    if (byIndex.has(index)) return new Map();
    byIndex.set(index, item);
  }
  return byIndex;
}
