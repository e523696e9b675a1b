// Values in their JSON form to postcard's bytes and back, driven by the plan that `rapace docs` embeds. It accepts and refuses
// what rapace-schema's interpreter does.

/** What a value may cost: the defaults of every runtime. */
export const LIMITS = {
	depth: 128,
	zeroSizedItems: 65536,
	decodedBytes: 256 * 1024 * 1024,
};

/** The integers: bits and sign. Those of up to 32 bits are JSON numbers, the others strings. */
export const INTEGERS = {
	u8: [8, false],
	u16: [16, false],
	u32: [32, false],
	u64: [64, false],
	usize: [64, false],
	u128: [128, false],
	i8: [8, true],
	i16: [16, true],
	i32: [32, true],
	i64: [64, true],
	isize: [64, true],
	i128: [128, true],
};

export const SPECIAL_FLOATS = {
	NaN: Number.NaN,
	Infinity: Number.POSITIVE_INFINITY,
	"-Infinity": Number.NEGATIVE_INFINITY,
	"-0": -0,
};

/** Why a value is refused. The message begins with the path and ends with the offset, when there are such. */
class Refused extends Error {
	constructor(reason, what, path, offset) {
		const at = offset === undefined ? "" : ` (at byte ${offset})`;
		super(`${path.length === 0 ? "" : `${path.join(".")}: `}${what}${at}`);
		this.reason = reason;
		this.path = path.join(".");
	}
}

/** What reading and writing share: the place in the value, and what is counted against limits. */
export class Walk {
	constructor(types) {
		this.types = types;
		this.path = [];
		this.depth = 0;
		this.zeroSizedItems = 0;
	}

	refuse(reason, what, offset) {
		return new Refused(reason, what, this.path, offset);
	}

	/** Does something one step further into the value. After an error the path stays where it was made. */
	within(step, action) {
		this.path.push(String(step));
		const result = action();
		this.path.pop();
		return result;
	}

	countZeroSized(count, offset) {
		this.zeroSizedItems += Number(count);
		if (this.zeroSizedItems > LIMITS.zeroSizedItems) {
			const what = `${this.zeroSizedItems} items without bytes exceed the limit of ${LIMITS.zeroSizedItems}`;
			throw this.refuse("zero_sized_items", what, offset);
		}
	}

	enter(recursive, offset) {
		if (recursive && ++this.depth > LIMITS.depth) {
			throw this.refuse(
				"depth",
				`nested deeper than the limit of ${LIMITS.depth}`,
				offset,
			);
		}
	}

	leave(recursive) {
		if (recursive) {
			this.depth--;
		}
	}
}

/** An object of these entries; an entry `__proto__` is one like any other. */
export function objectOf(entries) {
	const object = Object.create(null);
	for (const [name, value] of entries) {
		object[name] = value;
	}
	return object;
}

export function onlyEntry(value) {
	const entries = isObject(value) ? Object.entries(value) : [];
	return entries.length === 1 ? entries[0] : undefined;
}

export function isObject(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function kindOf(value) {
	if (value === null) {
		return "null";
	}
	if (Array.isArray(value)) {
		return "an array";
	}
	return (
		{ boolean: "a bool", number: "a number", string: "a string" }[
			typeof value
		] ?? "an object"
	);
}

export function floatForm(number) {
	const special = Object.entries(SPECIAL_FLOATS).find(([, value]) =>
		Object.is(value, number),
	);
	return special === undefined ? number : special[0];
}

export function toBase64(bytes) {
	let text = "";
	for (const byte of bytes) {
		text += String.fromCharCode(byte);
	}
	return btoa(text);
}

/** The bytes of base64 with padding; undefined for any other text. */
export function fromBase64(text) {
	if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
		return undefined;
	}
	try {
		const decoded = atob(text);
		return btoa(decoded) === text
			? Uint8Array.from(decoded, (c) => c.charCodeAt(0))
			: undefined;
	} catch {
		return undefined;
	}
}
