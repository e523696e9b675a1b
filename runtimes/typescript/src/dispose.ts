/** The name of the method that `await using` calls, for declarations that also compile where the library lacks it. */

declare const none: unique symbol;

/**
 * The type of `Symbol.asyncDispose` where the user's `lib` has it (`ESNext.Disposable`, or the types of Node), and
 * otherwise a name that cannot be called.
 */
export type AsyncDispose = SymbolConstructor extends {
	readonly asyncDispose: infer Name extends symbol;
}
	? Name
	: typeof none;

/** `Symbol.asyncDispose`. */
export const asyncDispose: AsyncDispose = Symbol.asyncDispose;

/** A value that `await using` can hold. */
export interface Closes {
	/** Closes it. */
	close(): Promise<void>;
	/** {@link close}, for `await using`. */
	[asyncDispose](): Promise<void>;
}

abstract class Closer implements Closes {
	abstract close(): Promise<void>;

	async [asyncDispose](): Promise<void> {
		await this.close();
	}
}

/** The base class of values that `await using` closes. */
export const Closing: abstract new () => Closes = Closer;
