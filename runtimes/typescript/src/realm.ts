/**
 * The class of a value of any realm. Platforms and users pass values of an iframe, a `vm` context or the sandbox of a test runner,
 * for which `instanceof` is false.
 */

/** True for a value of the class `type`, or of a class with the tag `tag` in another realm. */
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

/** True for a `Uint8Array`, which a Node `Buffer` is too. */
export function isBytes(value: unknown): value is Uint8Array {
	return isA(value, Uint8Array, "Uint8Array");
}
