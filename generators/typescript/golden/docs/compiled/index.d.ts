/** Client for the rapace services of `docs`. */
export { Docs, type DocsClient } from "./services/docs.js";
export { Library, type LibraryClient } from "./services/library.js";
export type * from "./types.js";
