/**
 * What generated code imports, and nothing else: version 1.
 *
 * Every generated method states the version that it was made for; `createClient` refuses another one, and so does the
 * type checker. Within a version this surface only grows.
 */

export type { CallOptions } from "./call.js";
export type { Method, Service } from "./method.js";
export {
	decodeF32s,
	decodeF64s,
	decodeI32s,
	decodeU32s,
	encodeF32s,
	encodeF64s,
	encodeI32s,
	encodeU32s,
} from "./postcard/lists.js";
export type { Some } from "./postcard/path.js";
export type { Reader } from "./postcard/reader.js";
export type { Writer } from "./postcard/writer.js";
export { serverStreaming } from "./stream.js";
export { unary } from "./unary.js";
