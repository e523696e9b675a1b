// Values in their JSON form to bytes.

import {
	fromBase64,
	INTEGERS,
	isObject,
	kindOf,
	onlyEntry,
	SPECIAL_FLOATS,
	Walk,
} from "./walk.js";

/** Writes values. */
export class Writer extends Walk {
	#bytes = new Uint8Array(256);
	#length = 0;

	get bytes() {
		return this.#bytes.subarray(0, this.#length);
	}

	value(type, value) {
		if (typeof type === "string") {
			this.#scalar(type, value);
		} else if ("named" in type) {
			this.#named(type.named, value);
		} else if ("option" in type) {
			this.#option(type.option, value);
		} else if ("map" in type) {
			this.#map(type, value);
		} else if ("tuple" in type) {
			this.#tuple(type.tuple, value);
		} else if ("array" in type) {
			this.#items(type.array, this.#exactly(type.length, value), type.empty);
		} else {
			const items = this.#array("an array", value);
			this.#count(items.length);
			this.#items(type.list, items, type.empty);
		}
	}

	#scalar(type, value) {
		if (type in INTEGERS) {
			this.#integer(type, value);
		} else if (type === "unit") {
			this.#form(value === null, "null", value);
		} else if (type === "bool") {
			this.#form(typeof value === "boolean", "true or false", value);
			this.#append([value ? 1 : 0]);
		} else if (type === "f32" || type === "f64") {
			this.#float(type, value);
		} else if (type === "bytes") {
			const bytes = typeof value === "string" ? fromBase64(value) : undefined;
			this.#form(bytes !== undefined, "a string of base64", value);
			this.#prefixed(bytes);
		} else {
			this.#text(type, value);
		}
	}

	#text(type, value) {
		this.#form(typeof value === "string", "a string", value);
		if (/\p{Surrogate}/u.test(value)) {
			throw this.refuse("utf8", "half a surrogate pair is no character");
		}
		if (type === "char" && [...value].length !== 1) {
			throw this.refuse(
				"char",
				`${JSON.stringify(value)} is not one character`,
			);
		}
		this.#prefixed(new TextEncoder().encode(value));
	}

	#integer(type, value) {
		const [bits, signed] = INTEGERS[type];
		const lowest = signed ? -(2n ** BigInt(bits - 1)) : 0n;
		const highest = 2n ** BigInt(signed ? bits - 1 : bits) - 1n;
		let number;
		if (bits <= 32) {
			this.#form(typeof value === "number", "an integer", value);
			number =
				Number.isSafeInteger(value) && !Object.is(value, -0)
					? BigInt(value)
					: undefined;
		} else {
			this.#form(typeof value === "string", "a string with an integer", value);
			number = (signed ? /^[+-]?[0-9]+$/ : /^\+?[0-9]+$/).test(value)
				? BigInt(value)
				: undefined;
		}
		if (number === undefined || number < lowest || number > highest) {
			const shown = JSON.stringify(value);
			throw this.refuse(
				"range",
				`${shown} is not an integer from ${lowest} to ${highest}`,
			);
		}
		if (bits === 8) {
			this.#append([Number(number & 0xffn)]);
		} else {
			this.#varint(
				signed
					? BigInt.asUintN(bits, (number << 1n) ^ (number >> BigInt(bits - 1)))
					: number,
			);
		}
	}

	#float(type, value) {
		const special =
			typeof value === "string" && Object.hasOwn(SPECIAL_FLOATS, value);
		const number = special ? SPECIAL_FLOATS[value] : value;
		this.#form(typeof number === "number", "a float", value);
		// JSON has no infinite numbers: this one is too great for JavaScript.
		const finite = Number.isFinite(
			type === "f32" ? Math.fround(number) : number,
		);
		if (!finite && (!special || Number.isFinite(number))) {
			throw this.refuse("range", `${number} is out of range of ${type}`);
		}
		const view = new DataView(new ArrayBuffer(type === "f32" ? 4 : 8));
		type === "f32"
			? view.setFloat32(0, number, true)
			: view.setFloat64(0, number, true);
		this.#append(new Uint8Array(view.buffer));
	}

	#option(item, value) {
		if (value === null) {
			this.#append([0]);
			return;
		}
		const entry = onlyEntry(value);
		this.#form(entry?.[0] === "some", 'null or {"some": …}', value);
		this.#append([1]);
		this.value(item, entry[1]);
	}

	#map(type, value) {
		const entries = this.#array("an array of entries", value);
		if (type.empty) {
			this.countZeroSized(entries.length);
		}
		this.#count(entries.length);
		const [key, of] = type.map;
		for (const [index, entry] of entries.entries()) {
			this.within(index, () => {
				this.#form(
					Array.isArray(entry) && entry.length === 2,
					"[key, value]",
					entry,
				);
				this.value(key, entry[0]);
				this.value(of, entry[1]);
			});
		}
	}

	#items(type, items, empty) {
		if (empty) {
			this.countZeroSized(items.length);
		}
		for (const [index, item] of items.entries()) {
			this.within(index, () => this.value(type, item));
		}
	}

	#tuple(types, value) {
		const items = this.#exactly(types.length, value);
		for (const [index, type] of types.entries()) {
			this.within(index, () => this.value(type, items[index]));
		}
	}

	#named(name, value) {
		const type = this.types[name];
		this.enter(type.recursive);
		if (type.variants === undefined) {
			this.fields(type.fields, value);
		} else if (type.open && typeof value === "number") {
			this.#unknownVariant(value);
		} else {
			const entry = onlyEntry(value);
			this.#form(entry !== undefined, "an object with one entry", value);
			const index = type.variants.findIndex(
				([variant]) => variant === entry[0],
			);
			if (index < 0) {
				throw this.refuse(
					"variant",
					`${name} has no variant ${JSON.stringify(entry[0])}`,
				);
			}
			this.#count(index);
			this.within(entry[0], () =>
				this.fields(type.variants[index][1], entry[1]),
			);
		}
		this.leave(type.recursive);
	}

	#unknownVariant(value) {
		if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
			throw this.refuse(
				"range",
				`${value} is not an integer from 0 to 4294967295`,
			);
		}
		this.#count(value);
	}

	fields(fields, value) {
		if (fields === null) {
			this.#form(value === null, "null", value);
		} else if ("newtype" in fields) {
			this.value(fields.newtype, value);
		} else if ("tuple" in fields) {
			this.#tuple(fields.tuple, value);
		} else {
			this.#struct(fields.struct, value);
		}
	}

	#struct(fields, value) {
		this.#form(isObject(value), "an object", value);
		for (const [name, type] of fields) {
			if (!Object.hasOwn(value, name)) {
				throw this.refuse("form", `no field ${JSON.stringify(name)}`);
			}
			this.within(name, () => this.value(type, value[name]));
		}
		const known = new Set(fields.map(([name]) => name));
		const unknown = Object.keys(value).find((name) => !known.has(name));
		if (unknown !== undefined) {
			throw this.refuse("form", `there is no field ${JSON.stringify(unknown)}`);
		}
	}

	#array(expected, value) {
		this.#form(Array.isArray(value), expected, value);
		return value;
	}

	#exactly(length, value) {
		const items = this.#array("an array", value);
		if (items.length !== length) {
			throw this.refuse(
				"form",
				`expected ${length} items, got ${items.length}`,
			);
		}
		return items;
	}

	#form(right, expected, value) {
		if (!right) {
			throw this.refuse("form", `expected ${expected}, got ${kindOf(value)}`);
		}
	}

	#count(count) {
		this.#varint(BigInt(count));
	}

	#varint(number) {
		const bytes = [];
		let rest = number;
		while (rest > 0x7fn) {
			bytes.push(Number(rest & 0x7fn) | 0x80);
			rest >>= 7n;
		}
		bytes.push(Number(rest));
		this.#append(bytes);
	}

	#prefixed(bytes) {
		this.#count(bytes.length);
		this.#append(bytes);
	}

	#append(bytes) {
		const length = this.#length + bytes.length;
		if (length > this.#bytes.length) {
			const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
			larger.set(this.#bytes);
			this.#bytes = larger;
		}
		this.#bytes.set(bytes, this.#length);
		this.#length = length;
	}
}

/** The bytes of a request: the arguments by name, in the order of the method. */
export function encodeRequest(types, method, values) {
	const writer = new Writer(types);
	writer.fields({ struct: method.arguments }, values);
	return writer.bytes;
}
