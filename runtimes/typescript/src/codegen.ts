/**
 * The names that generated code imports: version 6.
 *
 * Within a version this module only grows. Every kind of methods states the version, and `createClient` refuses methods of another
 * one.
 */

export { type Branded, branded } from "./branded.js";
export {
	type Awaitable,
	type HandledService,
	servedStreaming,
	servedUnary,
} from "./handlers/service.js";
export { foreignFromWire, foreignToWire } from "./json/foreign.js";
export * as json from "./json.js";
export { asDecimal, asUrl, asUuid } from "./known.js";
export type { Method, Service } from "./method.js";
export { notification } from "./notification.js";
export type { CallOptions } from "./options.js";
export { integerKeys } from "./postcard/collisions.js";
export {
	decodeI64String,
	decodeI128String,
	decodeU64String,
	decodeU128String,
	encodeI64String,
	encodeI128String,
	encodeU64String,
	encodeU128String,
} from "./postcard/decimals.js";
export { decodeMapKey } from "./postcard/keys.js";
export {
	dateFromWire,
	dateToWire,
	decodeDecimal,
	decodeUrl,
	decodeUuid,
	decodeUuidNumber,
	decodeUuidText,
	encodeDecimal,
	encodeUrl,
	encodeUuid,
	encodeUuidNumber,
	encodeUuidText,
} from "./postcard/known.js";
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
export {
	decodeI64Number,
	decodeU64Number,
	encodeI64Number,
	encodeU64Number,
} from "./postcard/numbers.js";
export { decodeOpen, encodeOpen } from "./postcard/open.js";
export type { Some } from "./postcard/path.js";
export {
	decodeByteArray,
	decodeChar,
	decodeI128,
	decodeOneOf,
	decodeU128,
	emptyList,
	encodeByteArray,
	encodeChar,
	encodeI128,
	encodeOneOf,
	encodeU128,
	enterTuple,
	unknownKind,
} from "./postcard/rare.js";
export type { Reader } from "./postcard/reader.js";
export { decodeString, encodeString } from "./postcard/strings.js";
export {
	decodeBigInt64Array,
	decodeBigUint64Array,
	decodeFloat32Array,
	decodeFloat64Array,
	decodeInt8Array,
	decodeInt16Array,
	decodeInt32Array,
	decodeUint16Array,
	decodeUint32Array,
	encodeBigInt64Array,
	encodeBigUint64Array,
	encodeFloat32Array,
	encodeFloat64Array,
	encodeInt8Array,
	encodeInt16Array,
	encodeInt32Array,
	encodeUint16Array,
	encodeUint32Array,
} from "./postcard/typed.js";
export {
	decodeF32,
	decodeF64,
	decodeI64,
	decodeU64,
	encodeF32,
	encodeF64,
	encodeI64,
	encodeU64,
} from "./postcard/wide.js";
export type { Writer } from "./postcard/writer.js";
export { ResultError, unaryResult } from "./result.js";
export type { ServedCall } from "./served-call.js";
export { serverStreaming } from "./stream.js";
export { unary } from "./unary.js";
