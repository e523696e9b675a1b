/** The value as data alone: bytes of any class as `Uint8Array`, objects of any class without their functions. */
export function plain(value: unknown): unknown {
	if (typeof value !== "object" || value === null || value instanceof Map) {
		return value;
	}
	if (value instanceof Uint8Array) {
		return Uint8Array.from(value);
	}
	if (Array.isArray(value)) {
		return value.map(plain);
	}
	const properties = Object.entries(value).filter(
		([, property]) => typeof property !== "function",
	);
	return Object.fromEntries(
		properties.map(([name, property]) => [name, plain(property)]),
	);
}
