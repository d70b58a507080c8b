/**
 * Tells zod to interpret its schemas instead of compiling them: compiling needs `unsafe-eval`, which the page's content security
 * policy forbids. Must be evaluated before any schema is made, so the entry imports it first.
 *
 * @module
 */
import { config } from "zod";

config({ jitless: true });
