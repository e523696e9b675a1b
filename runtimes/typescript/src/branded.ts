/** Types that do not mix with others of equal form. */

declare const brand: unique symbol;

/**
 * A value of a type that is named: it is a `Value`, but not every `Value` is one. Nothing of the name is there when it runs. A named type
 * may have another one inside.
 */
export type Branded<Value, Name extends string> = Value & {
	/** Never present. */
	readonly [brand]: { readonly [Key in Name]: true };
};

/** Returns a value that was read, as its own type. */
export function branded<Value>(value: unknown): Value {
	return value as Value;
}
