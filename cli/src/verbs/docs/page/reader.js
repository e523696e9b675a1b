// Bytes to values in their JSON form.

import {
	floatForm,
	INTEGERS,
	LIMITS,
	objectOf,
	toBase64,
	Walk,
} from "./walk.js";

/** Reads values. */
class Reader extends Walk {
	#bytes;
	#at = 0;
	#decodedBytes = 0;

	constructor(types, bytes) {
		super(types);
		this.#bytes = bytes;
	}

	/** @throws Refused when bytes are left. */
	end() {
		const left = this.#bytes.length - this.#at;
		if (left > 0) {
			throw this.refuse(
				"trailing_bytes",
				`${left} bytes are left after the value`,
				this.#at,
			);
		}
	}

	value(type) {
		if (typeof type === "string") {
			return this.#scalar(type);
		}
		if ("named" in type) {
			return this.#named(type.named);
		}
		if ("option" in type) {
			return this.#flag("option") ? { some: this.value(type.option) } : null;
		}
		if ("map" in type) {
			const [key, of] = type.map;
			const count = this.#count(type);
			return this.#repeat(count, () => [this.value(key), this.value(of)]);
		}
		if ("tuple" in type) {
			return this.#tuple(type.tuple);
		}
		if ("array" in type) {
			if (type.empty) {
				this.countZeroSized(type.length, this.#at);
			}
			return this.#repeat(type.length, () => this.value(type.array));
		}
		return this.#repeat(this.#count(type), () => this.value(type.list));
	}

	#scalar(type) {
		if (type in INTEGERS) {
			return this.#integer(type);
		}
		switch (type) {
			case "unit":
				return null;
			case "bool":
				return this.#flag("bool");
			case "f32":
				return floatForm(this.#view(4).getFloat32(0, true));
			case "f64":
				return floatForm(this.#view(8).getFloat64(0, true));
			case "bytes":
				return toBase64(this.#take(this.#bounded("length ", "")));
			case "char":
				return this.#char();
			default:
				return this.#text();
		}
	}

	#integer(type) {
		const [bits, signed] = INTEGERS[type];
		if (bits === 8) {
			const byte = this.#take(1)[0];
			return signed && byte > 127 ? byte - 256 : byte;
		}
		const raw = this.#varint(bits);
		const number = signed ? (raw >> 1n) ^ -(raw & 1n) : raw;
		return bits <= 32 ? Number(number) : String(number);
	}

	#char() {
		const start = this.#at;
		const text = this.#text();
		const count = [...text].length;
		if (count !== 1) {
			throw this.refuse("char", `a char of ${count} characters`, start);
		}
		return text;
	}

	#text() {
		const length = this.#bounded("length ", "");
		const start = this.#at;
		const bytes = this.#take(length);
		try {
			return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
				bytes,
			);
		} catch {
			throw this.refuse("utf8", "string is not UTF-8", start);
		}
	}

	#named(name) {
		const type = this.types[name];
		this.enter(type.recursive, this.#at);
		if (type.recursive) {
			this.#charge(1, type.body, this.#at);
		}
		const value =
			type.variants === undefined
				? this.fields(type.fields)
				: this.#variant(name, type);
		this.leave(type.recursive);
		return value;
	}

	#variant(name, type) {
		const start = this.#at;
		const index = this.#varint(64);
		const variant = type.variants[Number(index)];
		if (variant === undefined && type.open && index <= 0xffffffffn) {
			return Number(index);
		}
		if (variant === undefined) {
			throw this.refuse(
				"variant",
				`variant ${index}, but ${name} has ${type.variants.length}`,
				start,
			);
		}
		const inside = this.within(variant[0], () => this.fields(variant[1]));
		return objectOf([[variant[0], inside]]);
	}

	fields(fields) {
		if (fields === null) {
			return null;
		}
		if ("newtype" in fields) {
			return this.value(fields.newtype);
		}
		if ("tuple" in fields) {
			return this.#tuple(fields.tuple);
		}
		return objectOf(
			fields.struct.map(([name, type]) => [
				name,
				this.within(name, () => this.value(type)),
			]),
		);
	}

	#tuple(types) {
		return types.map((type, index) =>
			this.within(index, () => this.value(type)),
		);
	}

	#repeat(count, item) {
		const items = [];
		for (let index = 0; index < count; index++) {
			items.push(this.within(index, item));
		}
		return items;
	}

	#flag(kind) {
		const start = this.#at;
		const tag = this.#take(1)[0];
		if (tag > 1) {
			throw this.refuse("tag", `${kind} tag is ${tag}, neither 0 nor 1`, start);
		}
		return tag === 1;
	}

	/** How many items follow. Nothing is allocated for more than the bytes or a limit allow. */
	#count({ empty, size }) {
		const start = this.#at;
		let count;
		if (empty) {
			const claimed = this.#varint(64);
			this.countZeroSized(claimed, start);
			count = Number(claimed);
		} else {
			count = this.#bounded("", " items");
		}
		this.#charge(count, size, start);
		return count;
	}

	#charge(count, size, start) {
		this.#decodedBytes += count * size;
		if (this.#decodedBytes > LIMITS.decodedBytes) {
			throw this.refuse(
				"decoded_size",
				`decoded size exceeds the limit of ${LIMITS.decodedBytes} bytes`,
				start,
			);
		}
	}

	#bounded(before, after) {
		const start = this.#at;
		const number = this.#varint(64);
		const left = this.#bytes.length - this.#at;
		if (number > BigInt(left)) {
			const what = `unexpected end: ${before}${number}${after}, but ${left} bytes are left`;
			throw this.refuse("unexpected_end", what, start);
		}
		return Number(number);
	}

	/** An unsigned varint. Forms that are not the shortest are accepted up to the longest that the type can need. */
	#varint(bits) {
		const start = this.#at;
		let number = 0n;
		for (let shift = 0; shift < bits; shift += 7) {
			const byte = this.#take(1)[0];
			const part = byte & 0x7f;
			if (bits - shift < 7 && part >> (bits - shift) !== 0) {
				throw this.refuse("varint", `varint does not fit ${bits} bits`, start);
			}
			number |= BigInt(part) << BigInt(shift);
			if (byte < 0x80) {
				return number;
			}
		}
		throw this.refuse(
			"varint",
			`varint is longer than ${bits} bits can need`,
			start,
		);
	}

	#view(count) {
		const bytes = this.#take(count);
		return new DataView(bytes.buffer, bytes.byteOffset, count);
	}

	#take(count) {
		const end = this.#at + count;
		if (end > this.#bytes.length) {
			throw this.refuse("unexpected_end", "unexpected end", this.#bytes.length);
		}
		const taken = this.#bytes.subarray(this.#at, end);
		this.#at = end;
		return taken;
	}
}

/** The value that an answer or an item is. */
export function decodeAnswer(types, method, bytes) {
	const reader = new Reader(types, bytes);
	const value = reader.value(method.response);
	reader.end();
	return value;
}
