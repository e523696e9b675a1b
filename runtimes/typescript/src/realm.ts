/**
 * What a value is, whichever realm made it: a platform and a user hand in what an iframe, a `vm` context or a test runner's
 * sandbox has made, where `instanceof` says no.
 */

/** True for a value of the class `type`, which calls itself `tag`. */
export function isA(
	value: unknown,
	type: abstract new (...args: never[]) => object,
	tag: string,
): boolean {
	return (
		value instanceof type ||
		Object.prototype.toString.call(value) === `[object ${tag}]`
	);
}

/** True for a `Uint8Array`, a Node `Buffer` among them. */
export function isBytes(value: unknown): value is Uint8Array {
	return isA(value, Uint8Array, "Uint8Array");
}
