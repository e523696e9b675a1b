import type { Case, Values } from "../values.js";

/** One case of a library, which holds the case's value in the library's own terms. */
export interface Codec {
	/** The value's bytes, which stay as they are whatever is encoded next. */
	encode(): Uint8Array;
	/** The value of these bytes, with nothing left to be read later. */
	decode(bytes: Uint8Array): unknown;
	/** Throws unless the bytes are read as the value that was encoded. */
	check(bytes: Uint8Array): void;
}

/** What a library makes of the workload's values: of all, or of those that are told in its place. */
export type Library = (values: Values) => Partial<Record<Case, Codec>>;
