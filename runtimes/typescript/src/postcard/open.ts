/** Open enums: a variant that is not known is the number that it is on the wire. */

import type { Key } from "./path.js";
import { encodeOneOf } from "./rare.js";
import type { Reader } from "./reader.js";
import type { Writer } from "./writer.js";

/** How many variants an enum can have. */
const VARIANTS = 2 ** 32;

/** An enum without data: the position of its variant among `names`, or the number of another variant. */
export function encodeOpen<Value extends string | number>(
	w: Writer,
	names: readonly Value[],
	value: Value,
	key: Key,
): void {
	if (typeof value !== "number") {
		encodeOneOf(w, names as readonly string[], value as string, key);
	} else if (value >>> 0 === value && value < names.length) {
		w.fail(`${value} is ${JSON.stringify(names[value])}: write its name`, key);
	} else {
		w.u32(value, key);
	}
}

/** An enum without data: the name at the position that is read, or the number of a variant that has none. */
export function decodeOpen<Value extends string | number>(
	r: Reader,
	names: readonly Value[],
	key: Key,
): Value {
	const index = r.variant(VARIANTS, key);
	return names[index] ?? (index as Value);
}
