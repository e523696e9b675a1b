/** Client for the rapace services of `docs`. */
export { Docs, type DocsClient } from "./services/docs.js";
export type * from "./types.js";
