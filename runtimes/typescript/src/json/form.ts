/** What the JSON form of a type is: how values become JSON and come back. */

import { JsonError } from "../errors.js";

/** A value that JSON can hold: what `JSON.parse` returns. */
export type JsonValue =
	| null
	| boolean
	| number
	| string
	| JsonValue[]
	| { [name: string]: JsonValue };

/** The place of a value in the one that contains it. */
export class Place {
	readonly #outer: Place | undefined;
	readonly #key: string | number;

	/** A place of its own, or one in another. */
	constructor(outer?: Place, key: string | number = "") {
		this.#outer = outer;
		this.#key = key;
	}

	/** The place of what this one contains at `key`. */
	in(key: string | number): Place {
		return new Place(this, key);
	}

	/** Throws an error about the value in this place. */
	fail(what: string): never {
		throw new JsonError(what, this.#path());
	}

	/** Throws an error: the value is of another kind. */
	wrong(expected: string, value: unknown): never {
		const got = Array.isArray(value)
			? "an array"
			: value === null
				? "null"
				: typeof value;
		this.fail(`expected ${expected}, got ${got}`);
	}

	#path(): string {
		if (this.#outer === undefined) {
			return "";
		}
		const outer = this.#outer.#path();
		if (typeof this.#key === "number") {
			return `${outer}[${this.#key}]`;
		}
		return outer === "" ? this.#key : `${outer}.${this.#key}`;
	}
}

/** The JSON form of values of one type. */
export interface Form<Value> {
	/** Returns the JSON form of a value. */
	to(value: Value, place: Place): JsonValue;
	/** Returns the value of a JSON form. */
	from(data: unknown, place: Place): Value;
}

/** The form of a type that only generated code knows. */
export interface AnyForm {
	/** As {@link Form.to}. */
	to(value: never, place: Place): JsonValue;
	/** As {@link Form.from}. */
	from(data: unknown, place: Place): unknown;
}

/**
 * Returns the JSON form of a value.
 *
 * @throws JsonError when it is not a value of the type.
 */
export function toJson<Value>(form: Form<Value>, value: Value): JsonValue {
	return form.to(value, new Place());
}

/**
 * Returns the value of a JSON form.
 *
 * @throws JsonError when it is not the form of a value of the type.
 */
export function fromJson<Value>(form: Form<Value>, data: unknown): Value {
	return form.from(data, new Place());
}

/** The array that `data` is. */
export function arrayOf(data: unknown, place: Place): unknown[] {
	return Array.isArray(data) ? data : place.wrong("an array", data);
}

/** The object that `data` is, and not an array. */
export function objectOf(data: unknown, place: Place): Record<string, unknown> {
	if (typeof data !== "object" || data === null || Array.isArray(data)) {
		place.wrong("an object", data);
	}
	return data as Record<string, unknown>;
}

/** The name and the content of the only entry of an object. */
export function entryOf(
	data: unknown,
	place: Place,
): [name: string, content: unknown] {
	const [entry, second] = Object.entries(objectOf(data, place));
	if (entry === undefined || second !== undefined) {
		place.fail("expected an object with one entry, the variant");
	}
	return entry;
}
