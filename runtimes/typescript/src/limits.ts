import { StatusError } from "./errors.js";

/** A time that never comes, and one that never ends. */
export const NEVER: number = Number.POSITIVE_INFINITY;

/**
 * The limit of this name that was asked for, or its default.
 *
 * @throws StatusError InvalidArgument unless it is a number of at least `least`: nothing exceeds NaN, so it would
 * bound nothing.
 */
export function limit<Name extends string>(
	options: { readonly [Key in Name]?: number | undefined },
	name: Name,
	byDefault: number,
	least = 0,
): number {
	const asked = options[name];
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
export const whole: (ms: number) => number = Math.ceil;
