/** The JSON forms of known types: those of what is on the wire. */

import {
	bytesOf,
	isDate,
	LAST_DATE_MS,
	numberOf,
	UUID_BYTES,
	uuidOf,
	uuidOfNumber,
	whyInexact,
	whyNoDecimal,
	whyNoUrl,
	whyNoUuid,
} from "../known.js";
import type { Form, Place } from "./form.js";
import { byteArray, text, u128 } from "./scalars.js";

/** A date is a number of units of `unitMs` milliseconds. */
export function date(form: Form<number>, unitMs: number): Form<Date> {
	return {
		to(value, place: Place) {
			if (!isDate(value)) {
				place.wrong("a Date", value);
			}
			const time = value.getTime();
			const wrong = whyInexact(time, unitMs);
			if (wrong !== undefined) {
				place.fail(wrong);
			}
			return form.to(time / unitMs, place);
		},
		from(data, place: Place) {
			const time = form.from(data, place) * unitMs;
			if (Math.abs(time) > LAST_DATE_MS) {
				place.fail("the time is beyond those of a Date");
			}
			return new Date(time);
		},
	};
}

/** A UUID that is a string on the wire. */
export const uuidText: Form<string> = /* @__PURE__ */ checked(whyNoUuid);

/** A decimal number is a string. */
export const decimal: Form<string> = /* @__PURE__ */ checked(whyNoDecimal);

/** An absolute URL is a string. */
export const url: Form<string> = /* @__PURE__ */ checked(whyNoUrl);

/** A UUID that is 16 bytes on the wire. */
export const uuid: Form<string> = {
	to: (value, place) =>
		byteArray(UUID_BYTES).to(
			bytesOf(uuidText.to(value, place) as string),
			place,
		),
	from: (data, place) => uuidOf(byteArray(UUID_BYTES).from(data, place)),
};

/** A UUID that is a `u128` on the wire. */
export const uuidNumber: Form<string> = {
	to: (value, place) =>
		u128.to(numberOf(uuidText.to(value, place) as string), place),
	from: (data, place) => uuidOfNumber(u128.from(data, place)),
};

function checked(why: (text: string) => string | undefined): Form<string> {
	const check = (data: unknown, place: Place) => {
		const value = text.from(data, place);
		const wrong = why(value);
		return wrong === undefined ? value : place.fail(wrong);
	};
	return { to: check, from: check };
}
