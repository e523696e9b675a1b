/** What implements the rapace services of `docs`: for `serve`. */
export { Docs, type DocsHandler } from "./handlers/docs.js";
export { Library, type LibraryHandler } from "./handlers/library.js";
