/** What values of known types look like. What is wrong does not quote the value, which may be sensitive. */

/** The last moment of a `Date`, and the first when negative, in milliseconds since 1970. */
export const LAST_DATE_MS = 8.64e15;

/** The size of a UUID, in bytes. */
export const UUID_BYTES = 16;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
/** A scheme, and no blanks, which the class `URL` would drop. */
const ABSOLUTE = /^[a-z][a-z\d+.-]*:\S+$/i;

/** Why a text is no UUID, if so. The same UUID in another form could not be sent back as it came. */
export function whyNoUuid(text: string): string | undefined {
	return UUID.test(text)
		? undefined
		: "the text is no UUID of 32 hexadecimal digits in lower case and four hyphens";
}

/** Why a text is no decimal number, if so. */
export function whyNoDecimal(text: string): string | undefined {
	return DECIMAL.test(text) ? undefined : "the text is no decimal number";
}

/** Why a text is no absolute URL, if so. */
export function whyNoUrl(text: string): string | undefined {
	try {
		new URL(text);
		if (ABSOLUTE.test(text)) {
			return undefined;
		}
	} catch {}
	return "the text is no absolute URL";
}

/** Returns the text as a UUID of this type. Throws a TypeError for any other text. */
export function asUuid<Uuid extends string>(text: string, type: string): Uuid {
	return as(text, type, whyNoUuid) as Uuid;
}

/** Returns the text as a decimal number of this type. Throws a TypeError for any other text. */
export function asDecimal<Decimal extends string>(
	text: string,
	type: string,
): Decimal {
	return as(text, type, whyNoDecimal) as Decimal;
}

/** Returns the text as an absolute URL of this type. Throws a TypeError for any other text. */
export function asUrl<Url extends string>(text: string, type: string): Url {
	return as(text, type, whyNoUrl) as Url;
}

function as(
	text: string,
	type: string,
	why: (text: string) => string | undefined,
): string {
	const wrong = typeof text === "string" ? why(text) : "expected a string";
	if (wrong !== undefined) {
		throw new TypeError(`${type}: ${wrong}`);
	}
	return text;
}

/** Reports whether the value is a `Date`, of whatever realm. */
export function isDate(value: unknown): value is Date {
	return Object.prototype.toString.call(value) === "[object Date]";
}

/** Why the time of a date is not a number of units, if so. */
export function whyInexact(time: number, unitMs: number): string | undefined {
	if (Number.isNaN(time)) {
		return "the Date is invalid";
	}
	return time % unitMs === 0
		? undefined
		: `the Date has a part of less than ${unitMs} ms: round it`;
}

/** The bytes of a UUID, from its text. */
export function bytesOf(uuid: string): Uint8Array {
	const digits = uuid.replaceAll("-", "");
	return Uint8Array.from({ length: UUID_BYTES }, (_, i) =>
		Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
	);
}

/** The text of a UUID, from its bytes. */
export function uuidOf(bytes: Uint8Array): string {
	let digits = "";
	for (const byte of bytes) {
		digits += byte.toString(16).padStart(2, "0");
	}
	return hyphenated(digits);
}

/** The text of a UUID, from its number. */
export function uuidOfNumber(number: bigint): string {
	return hyphenated(number.toString(16).padStart(2 * UUID_BYTES, "0"));
}

/** The number of a UUID, from its text. */
export function numberOf(uuid: string): bigint {
	return BigInt(`0x${uuid.replaceAll("-", "")}`);
}

/** The text of a UUID, from its 32 digits. */
function hyphenated(digits: string): string {
	return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
