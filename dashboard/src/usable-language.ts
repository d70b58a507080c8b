/**
 * Gives the browser a language that numbers can be written in, where it names none: Chromium on a system in the POSIX locale, as a
 * microscope's computer may be, says `en-US@posix`, on which the chart library throws as it is loaded, and the page stays blank. The
 * entry imports it before the charts.
 *
 * @module
 */
const FALLBACK = "en-US";

if (!isLanguage(navigator.language)) Object.defineProperty(navigator, "language", { value: FALLBACK });

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}
