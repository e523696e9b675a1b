/** What users' own types are on the wire. Their functions may throw: then the value is refused, with its path. */

import type { Key } from "../postcard/path.js";
import type { Reader } from "../postcard/reader.js";
import type { Writer } from "../postcard/writer.js";
import type { AnyForm, Form, Place } from "./form.js";

/** Returns what a value that was named last is on the wire. */
export function foreignToWire<Own, Wire>(
	w: Writer,
	to: (value: Own) => Wire,
	value: Own,
): Wire {
	try {
		return to(value);
	} catch (error) {
		w.fail(textOf(error), w.here());
	}
}

/** Returns the user's value of what was read from the position `from` on. */
export function foreignFromWire<Own, Wire>(
	r: Reader,
	from: number,
	convert: (value: Wire) => Own,
	value: Wire,
	key: Key,
): Own {
	try {
		return convert(value);
	} catch (error) {
		r.failAt(from, textOf(error), key);
	}
}

/** The JSON form of a user's type: that of what is on the wire. */
export function foreign<Own, Wire>(
	form: AnyForm,
	from: (value: Wire) => Own,
	to: (value: Own) => Wire,
): Form<Own> {
	const attempt = <Value>(place: Place, convert: () => Value): Value => {
		try {
			return convert();
		} catch (error) {
			place.fail(textOf(error));
		}
	};
	return {
		to: (value, place) =>
			form.to(attempt(place, () => to(value)) as never, place),
		from(data, place: Place) {
			const value = form.from(data, place) as Wire;
			return attempt(place, () => from(value));
		},
	};
}

function textOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
