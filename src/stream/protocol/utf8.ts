/**
 * Text to UTF-8 and back, as browser and Node both do it.
 *
 * @module
 */

// The types of neither platform are loaded here, so that nothing else of them is used by mistake.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (
  label: "utf-8",
  options: { readonly fatal: true },
) => {
  decode(bytes: Uint8Array): string;
};

export function utf8FromText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Raises TypeError where `bytes` is not UTF-8. */
export function textFromUtf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
