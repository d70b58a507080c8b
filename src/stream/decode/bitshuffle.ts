/**
 * Bitshuffle, undone: bit planes -> elements.
 *
 * After Masui et al., "A compression scheme for radio data in high performance computing", Astronomy and Computing 12 (2015) 181, and the
 * format of its HDF5 filter (kiyo-masui/bitshuffle, MIT).
 *
 * @module
 */

/**
 * Undoes the shuffle of one block: `planes` has, for each byte of an element and each bit of it, lowest first, one bit of each element.
 *
 * Both have `count * elementBytes` bytes; `count` is a multiple of 8.
 */
export function unshuffleBits(planes: Uint8Array, elementBytes: number, target: Uint8Array): void {
  const row = planes.length / elementBytes / 8;
  for (let byte = 0; byte < elementBytes; byte++) {
    const first = byte * 8 * row;
    for (let group = 0; group < row; group++) {
      const at = first + group;
      let low =
        (planes[at] ?? 0) |
        ((planes[at + row] ?? 0) << 8) |
        ((planes[at + 2 * row] ?? 0) << 16) |
        ((planes[at + 3 * row] ?? 0) << 24);
      let high =
        (planes[at + 4 * row] ?? 0) |
        ((planes[at + 5 * row] ?? 0) << 8) |
        ((planes[at + 6 * row] ?? 0) << 16) |
        ((planes[at + 7 * row] ?? 0) << 24);
      // The high bytes of counts are nearly always 0.
      if ((low | high) !== 0) {
        // An 8 x 8 bit matrix, transposed by swapping ever larger squares (Warren, "Hacker's Delight", 7-3).
        let swap = (low ^ (low >>> 7)) & 0x00aa00aa;
        low ^= swap ^ (swap << 7);
        swap = (high ^ (high >>> 7)) & 0x00aa00aa;
        high ^= swap ^ (swap << 7);
        swap = (low ^ (low >>> 14)) & 0x0000cccc;
        low ^= swap ^ (swap << 14);
        swap = (high ^ (high >>> 14)) & 0x0000cccc;
        high ^= swap ^ (swap << 14);
        swap = (low ^ ((low >>> 28) | (high << 4))) & 0xf0f0f0f0;
        low ^= swap;
        high ^= swap >>> 4;
      }
      const out = group * 8 * elementBytes + byte;
      target[out] = low;
      target[out + elementBytes] = low >>> 8;
      target[out + 2 * elementBytes] = low >>> 16;
      target[out + 3 * elementBytes] = low >>> 24;
      target[out + 4 * elementBytes] = high;
      target[out + 5 * elementBytes] = high >>> 8;
      target[out + 6 * elementBytes] = high >>> 16;
      target[out + 7 * elementBytes] = high >>> 24;
    }
  }
}
