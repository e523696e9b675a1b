/**
 * What the usual types of JavaScript are on the wire: exactly, or an error with the path. The errors do not quote the value, which may
 * be sensitive: their path leads to it.
 */

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
import type { Key } from "./path.js";
import {
	decodeByteArray,
	decodeU128,
	encodeByteArray,
	encodeU128,
} from "./rare.js";
import type { Reader } from "./reader.js";
import { decodeString, encodeString } from "./strings.js";
import type { Writer } from "./writer.js";

/** Checks a text: what is wrong with it, if anything is. */
type Check = (text: string) => string | undefined;

/** Returns how many units of `unitMs` milliseconds a date is after 1970. */
export function dateToWire(
	w: Writer,
	value: Date,
	unitMs: number,
	key: Key,
): number {
	if (!isDate(value)) {
		w.wrong("a Date", value, key);
	}
	const time = value.getTime();
	const wrong = whyInexact(time, unitMs);
	if (wrong !== undefined) {
		w.fail(wrong, key);
	}
	return time / unitMs;
}

/** Returns the date that is so many units of `unitMs` milliseconds after 1970. The number was read at the position `from`. */
export function dateFromWire(
	r: Reader,
	from: number,
	value: number | bigint,
	unitMs: number,
	key: Key,
): Date {
	const time = Number(value) * unitMs;
	if (Math.abs(time) > LAST_DATE_MS) {
		r.failAt(from, "the time is beyond those of a Date", key);
	}
	return new Date(time);
}

/** The text of a UUID as 16 bytes. */
export function encodeUuid(w: Writer, value: string, key: Key): void {
	checked(w, value, whyNoUuid, key);
	encodeByteArray(w, bytesOf(value), UUID_BYTES, key);
}

/** 16 bytes as the text of a UUID. */
export function decodeUuid<Uuid extends string>(r: Reader, key: Key): Uuid {
	return uuidOf(decodeByteArray(r, UUID_BYTES, key)) as Uuid;
}

/** The text of a UUID as a `u128`. */
export function encodeUuidNumber(w: Writer, value: string, key: Key): void {
	checked(w, value, whyNoUuid, key);
	encodeU128(w, numberOf(value), key);
}

/** A `u128` as the text of a UUID. */
export function decodeUuidNumber<Uuid extends string>(
	r: Reader,
	key: Key,
): Uuid {
	return uuidOfNumber(decodeU128(r, key)) as Uuid;
}

/** The text of a UUID as a string. */
export function encodeUuidText(w: Writer, value: string, key: Key): void {
	encodeChecked(w, value, whyNoUuid, key);
}

/** A string that is the text of a UUID. */
export function decodeUuidText<Uuid extends string>(r: Reader, key: Key): Uuid {
	return decodeChecked(r, whyNoUuid, key) as Uuid;
}

/** A string that is a decimal number. */
export function encodeDecimal(w: Writer, value: string, key: Key): void {
	encodeChecked(w, value, whyNoDecimal, key);
}

/** A string that is a decimal number. */
export function decodeDecimal<Decimal extends string>(
	r: Reader,
	key: Key,
): Decimal {
	return decodeChecked(r, whyNoDecimal, key) as Decimal;
}

/** A string that is an absolute URL. */
export function encodeUrl(w: Writer, value: string, key: Key): void {
	encodeChecked(w, value, whyNoUrl, key);
}

/** A string that is an absolute URL. */
export function decodeUrl<Url extends string>(r: Reader, key: Key): Url {
	return decodeChecked(r, whyNoUrl, key) as Url;
}

function checked(w: Writer, value: string, why: Check, key: Key): void {
	if (typeof value !== "string") {
		w.wrong("a string", value, key);
	}
	const wrong = why(value);
	if (wrong !== undefined) {
		w.fail(wrong, key);
	}
}

function encodeChecked(w: Writer, value: string, why: Check, key: Key): void {
	checked(w, value, why, key);
	encodeString(w, value, key);
}

function decodeChecked(r: Reader, why: Check, key: Key): string {
	const from = r.position;
	const text = decodeString(r, key);
	const wrong = why(text);
	if (wrong !== undefined) {
		r.failAt(from, wrong, key);
	}
	return text;
}
