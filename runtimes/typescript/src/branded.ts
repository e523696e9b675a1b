/** Types that do not mix with others of equal form. */

declare const brand: unique symbol;

/** A value of a type that is named: it is a `Value`, but not every `Value` is one. Nothing of the name is there when it runs. */
export type Branded<Value, Name extends string> = Value & {
	/** Never present. */
	readonly [brand]: Name;
};

/** Returns a value that was read, as its own type. */
export function branded<Value>(
	value: Value extends Branded<infer Inner, string> ? Inner : never,
): Value {
	return value as Value;
}
