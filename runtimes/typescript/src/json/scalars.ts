/** The JSON forms of scalars. */

import type { Form, JsonValue, Place } from "./form.js";

/** `undefined` is `null`. */
export const unit: Form<undefined> = {
	to: (value, place) =>
		value === undefined ? null : place.wrong("undefined", value),
	from: (data, place) =>
		data === null ? undefined : place.wrong("null", data),
};

/** A boolean is one. */
export const bool: Form<boolean> = same("boolean", "a boolean");

/** A string is one. */
export const text: Form<string> = same("string", "a string");

/** A string of one character is one. */
export const char: Form<string> = {
	to: checkChar,
	from: (data, place) => checkChar(text.from(data, place), place),
};

export const u8: Form<number> = /* @__PURE__ */ integer(0, 0xff);
export const u16: Form<number> = /* @__PURE__ */ integer(0, 0xffff);
export const u32: Form<number> = /* @__PURE__ */ integer(0, 0xffff_ffff);
export const i8: Form<number> = /* @__PURE__ */ integer(-0x80, 0x7f);
export const i16: Form<number> = /* @__PURE__ */ integer(-0x8000, 0x7fff);
export const i32: Form<number> = /* @__PURE__ */ integer(
	-0x8000_0000,
	0x7fff_ffff,
);
export const u64: Form<bigint> = /* @__PURE__ */ wide(false, 64n);
export const i64: Form<bigint> = /* @__PURE__ */ wide(true, 64n);
export const u128: Form<bigint> = /* @__PURE__ */ wide(false, 128n);
export const i128: Form<bigint> = /* @__PURE__ */ wide(true, 128n);
export const u64Number: Form<number> = /* @__PURE__ */ exact(u64);
export const i64Number: Form<number> = /* @__PURE__ */ exact(i64);
export const u64String: Form<string> = /* @__PURE__ */ digits(u64);
export const i64String: Form<string> = /* @__PURE__ */ digits(i64);
export const u128String: Form<string> = /* @__PURE__ */ digits(u128);
export const i128String: Form<string> = /* @__PURE__ */ digits(i128);

/** A float is a number, or the name of one that JSON has not. */
export const f64: Form<number> = {
	to: (value, place) => floatToJson(value, place),
	from: floatFromJson,
};

/** A float of single precision is the number that it is. */
export const f32: Form<number> = {
	to: (value, place) => floatToJson(single(value, place), place),
	from: (data, place) => single(floatFromJson(data, place), place),
};

/** Bytes are a string of base64 with padding. */
export const bytes: Form<Uint8Array> = {
	to(value, place: Place) {
		if (Object.prototype.toString.call(value) !== "[object Uint8Array]") {
			place.wrong("a Uint8Array", value);
		}
		let binary = "";
		for (const byte of value) {
			binary += String.fromCharCode(byte);
		}
		return btoa(binary);
	},
	from(data, place: Place) {
		const encoded = text.from(data, place);
		let binary: string | undefined;
		try {
			binary = atob(encoded);
		} catch {}
		// It takes more than it should: blanks, and no padding.
		if (binary === undefined || btoa(binary) !== encoded) {
			place.fail("expected a string of base64 with padding");
		}
		return Uint8Array.from(binary, (character) => character.charCodeAt(0));
	},
};

/** An array of bytes, of so many where that is known, is an array of numbers. */
export function byteArray(length?: number): Form<Uint8Array> {
	return {
		to(value, place: Place) {
			if (length !== undefined && value.length !== length) {
				place.fail(`expected ${length} bytes, got ${value.length}`);
			}
			return Array.from(value, (byte) => u8.to(byte, place));
		},
		from(data, place: Place) {
			if (!Array.isArray(data)) {
				place.wrong("an array", data);
			}
			if (length !== undefined && data.length !== length) {
				place.fail(`expected ${length} bytes, got ${data.length}`);
			}
			return Uint8Array.from(data, (byte, i) => u8.from(byte, place.in(i)));
		},
	};
}

function same<Value extends JsonValue>(
	type: string,
	what: string,
): Form<Value> {
	const check = (value: unknown, place: Place) =>
		typeof value === type ? (value as Value) : place.wrong(what, value);
	return { to: check, from: check };
}

function integer(least: number, greatest: number): Form<number> {
	const check = (value: unknown, place: Place) => {
		if (typeof value !== "number") {
			place.wrong("a number", value);
		}
		if (!(Number.isInteger(value) && least <= value && value <= greatest)) {
			place.fail(`${value} is not an integer from ${least} to ${greatest}`);
		}
		// JSON has no negative zero of integers.
		return value === 0 ? 0 : value;
	};
	return { to: check, from: check };
}

function wide(signed: boolean, bits: bigint): Form<bigint> {
	const least = signed ? -(1n << (bits - 1n)) : 0n;
	const greatest = (1n << (signed ? bits - 1n : bits)) - 1n;
	const check = (value: bigint, place: Place) => {
		if (value < least || value > greatest) {
			place.fail(`${value} is not an integer from ${least} to ${greatest}`);
		}
		return value;
	};
	return {
		to: (value, place) =>
			typeof value === "bigint"
				? String(check(value, place))
				: place.wrong("a bigint", value),
		from(data, place: Place) {
			const decimal = text.from(data, place);
			if (!/^-?\d{1,40}$/.test(decimal)) {
				place.fail(`${JSON.stringify(decimal)} is not a decimal integer`);
			}
			return check(BigInt(decimal), place);
		},
	};
}

/** The same form for a number, which is exact or refused. */
function exact(form: Form<bigint>): Form<number> {
	return {
		to: (value, place) =>
			Number.isSafeInteger(value)
				? form.to(BigInt(value), place)
				: place.fail(`${value} is not an exact integer`),
		from(data, place: Place) {
			const value = form.from(data, place);
			const number = Number(value);
			return Number.isSafeInteger(number)
				? number
				: place.fail(`${value} is beyond what a number holds exactly`);
		},
	};
}

/** The same form for a string of decimal digits. */
function digits(form: Form<bigint>): Form<string> {
	const check = (value: unknown, place: Place) =>
		String(form.from(value, place));
	return { to: check, from: check };
}

const NAMED = ["NaN", "Infinity", "-Infinity", "-0"];

function floatToJson(value: number, place: Place): JsonValue {
	if (typeof value !== "number") {
		place.wrong("a number", value);
	}
	if (Object.is(value, -0)) {
		return "-0";
	}
	return Number.isFinite(value) ? value : String(value);
}

function floatFromJson(data: unknown, place: Place): number {
	if (typeof data === "number") {
		return data;
	}
	return NAMED.includes(data as string)
		? Number(data)
		: place.wrong("a number", data);
}

function single(value: number, place: Place): number {
	const narrow = Math.fround(value);
	return Number.isFinite(narrow) || !Number.isFinite(value)
		? narrow
		: place.fail(`${value} is out of range for an f32`);
}

function checkChar(value: string, place: Place): string {
	if (typeof value !== "string") {
		place.wrong("a string", value);
	}
	const { length } = [...value];
	return length === 1
		? value
		: place.fail(`expected exactly one character, got ${length}`);
}
