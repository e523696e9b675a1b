/** Checks of options. */

import { StatusError } from "./errors.js";

/**
 * Returns the option of this name, or its default.
 *
 * @throws StatusError InvalidArgument unless the option is a number of at least `least`. Nothing exceeds NaN, so as a limit
 * it would bound nothing.
 */
export function limit<Name extends string>(
	options: { readonly [Key in Name]?: number | undefined },
	name: Name,
	byDefault: number,
	least = 0,
): number {
	const value = options[name];
	if (value === undefined) {
		return byDefault;
	}
	if (typeof value !== "number" || !(value >= least)) {
		const what = `${name} ${value} is not a number of at least ${least}`;
		throw new StatusError("InvalidArgument", what, false, "");
	}
	return value;
}

/**
 * Checks a timeout in milliseconds.
 *
 * @throws StatusError InvalidArgument unless it is above 0.
 */
export function checkTimeout(timeoutMs: number, method = ""): void {
	if (!(timeoutMs > 0)) {
		const what = `timeoutMs ${timeoutMs} is not above 0`;
		throw new StatusError("InvalidArgument", what, false, method);
	}
}
