import { StatusError } from "./errors.js";

/**
 * The limit that was asked for, or its default.
 *
 * @throws StatusError InvalidArgument unless it is a number of at least `least`: nothing exceeds NaN, so it would
 * bound nothing.
 */
export function limit(
	name: string,
	asked: number | undefined,
	byDefault: number,
	least = 0,
): number {
	if (asked === undefined) {
		return byDefault;
	}
	if (typeof asked !== "number" || !(asked >= least)) {
		const what = `${name} ${asked} is not a number of at least ${least}`;
		throw new StatusError("InvalidArgument", what, false);
	}
	return asked;
}

/** A time in milliseconds as messages have it: whole, for what is left of one has many digits. */
export function whole(ms: number): number {
	return Math.ceil(ms);
}
