/**
 * Silence. The library prints to the console what it finds wrong with a file; the thread's answers say it. Imported before the library,
 * which takes hold of the console when it is loaded.
 *
 * @module
 */
import { Console } from "node:console";
import { Writable } from "node:stream";

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
globalThis.console = new Console(nowhere);
