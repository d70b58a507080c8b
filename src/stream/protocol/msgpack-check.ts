/**
 * Reads MessagePack bytes without building anything, and says what is wrong with them.
 *
 * The decoder knows extensions that point back into a message, define records or build regular expressions. This check lets through
 * only what the protocol uses, with every length inside the message and bounded nesting, so that hostile bytes never reach it.
 *
 * @module
 */
import { PROTOCOL_LIMITS } from "./limits.js";
import { ARRAY_ELEMENTS, TYPED_ARRAY_EXTENSION } from "./typed-arrays.js";

/** One value's own bytes, and how many values follow inside it. */
interface Item {
  readonly end: number;
  readonly children: number;
}

type SizedKind = "bytes" | "array" | "map" | "extension";

/** Tokens whose length follows in 1, 2 or 4 bytes, big-endian. */
const SIZED: ReadonlyMap<number, { readonly lengthBytes: 1 | 2 | 4; readonly kind: SizedKind }> = new Map([
  [0xc4, { lengthBytes: 1, kind: "bytes" }],
  [0xc5, { lengthBytes: 2, kind: "bytes" }],
  [0xc6, { lengthBytes: 4, kind: "bytes" }],
  [0xc7, { lengthBytes: 1, kind: "extension" }],
  [0xc8, { lengthBytes: 2, kind: "extension" }],
  [0xc9, { lengthBytes: 4, kind: "extension" }],
  [0xd9, { lengthBytes: 1, kind: "bytes" }],
  [0xda, { lengthBytes: 2, kind: "bytes" }],
  [0xdb, { lengthBytes: 4, kind: "bytes" }],
  [0xdc, { lengthBytes: 2, kind: "array" }],
  [0xdd, { lengthBytes: 4, kind: "array" }],
  [0xde, { lengthBytes: 2, kind: "map" }],
  [0xdf, { lengthBytes: 4, kind: "map" }],
]);

/** Numbers and constants: bytes after the token. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [0xc0, 0],
  [0xc2, 0],
  [0xc3, 0],
  [0xca, 4],
  [0xcb, 8],
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
]);

const ELEMENT_BYTES: ReadonlyMap<number, number> = new Map(
  Object.values(ARRAY_ELEMENTS).map(({ code, bytes }) => [code, bytes]),
);

/** What is wrong with `bytes` as one MessagePack value of this protocol, in words; `null` when nothing is. */
export function msgpackProblem(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const open: number[] = [];
  let remaining = 1;
  let at = 0;
  for (;;) {
    while (remaining === 0) {
      const outer = open.pop();
      if (outer === undefined)
        return at === bytes.length ? null : `${bytes.length - at} bytes after the end of the message`;
      remaining = outer;
    }
    const item = itemAt(view, at);
    if (typeof item === "string") return item;
    if (item.end + item.children > bytes.length) return `a message cut off at byte ${bytes.length}`;
    remaining -= 1;
    at = item.end;
    if (item.children > 0) {
      open.push(remaining);
      remaining = item.children;
      if (open.length > PROTOCOL_LIMITS.nestingDepth) return `nesting deeper than ${PROTOCOL_LIMITS.nestingDepth}`;
    }
  }
}

function itemAt(view: DataView, at: number): Item | string {
  if (at >= view.byteLength) return `a message cut off at byte ${at}`;
  const token = view.getUint8(at);
  if (token < 0x80 || token >= 0xe0) return { end: at + 1, children: 0 };
  if (token < 0x90) return { end: at + 1, children: 2 * (token & 0x0f) };
  if (token < 0xa0) return { end: at + 1, children: token & 0x0f };
  if (token < 0xc0) return { end: at + 1 + (token & 0x1f), children: 0 };
  const fixed = FIXED.get(token);
  if (fixed !== undefined) return { end: at + 1 + fixed, children: 0 };
  return sizedItemAt(view, at, token);
}

function sizedItemAt(view: DataView, at: number, token: number): Item | string {
  const sized = SIZED.get(token);
  if (sized === undefined) return `token 0x${token.toString(16)} at byte ${at}`;
  const start = at + 1 + sized.lengthBytes;
  if (start > view.byteLength) return `a message cut off at byte ${view.byteLength}`;
  const length = { 1: () => view.getUint8(at + 1), 2: () => view.getUint16(at + 1), 4: () => view.getUint32(at + 1) }[
    sized.lengthBytes
  ]();
  if (sized.kind === "array") return { end: start, children: length };
  if (sized.kind === "map") return { end: start, children: 2 * length };
  if (sized.kind === "bytes") return { end: start + length, children: 0 };
  return extensionProblem(view, start, length) ?? { end: start + 1 + length, children: 0 };
}

/** An extension of `length` bytes whose type stands at `at`: the only one known is a typed array. */
function extensionProblem(view: DataView, at: number, length: number): string | null {
  if (at + 1 + length > view.byteLength) return `a message cut off at byte ${view.byteLength}`;
  const type = view.getUint8(at);
  if (type !== TYPED_ARRAY_EXTENSION || length === 0) return `extension type 0x${type.toString(16)} of ${length} bytes`;
  const code = view.getUint8(at + 1);
  const elementBytes = ELEMENT_BYTES.get(code);
  if (elementBytes === undefined) return `a typed array of element code ${code}`;
  return (length - 1) % elementBytes === 0 ? null : `a typed array of ${length - 1} bytes, ${elementBytes} an element`;
}
