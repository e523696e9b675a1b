/** The name of the method that `await using` calls, for declarations that also compile where the library lacks it. */

declare const none: unique symbol;

/**
 * The type of `Symbol.asyncDispose` where the user's `lib` has it (`ESNext.Disposable`, or the types of Node), and
 * otherwise a name that nobody can call.
 */
export type AsyncDispose = SymbolConstructor extends {
	readonly asyncDispose: infer Name extends symbol;
}
	? Name
	: typeof none;

/** `Symbol.asyncDispose`. */
export const asyncDispose: AsyncDispose = Symbol.asyncDispose;

/** What `await using` can hold. */
export interface Closes {
	/** Ends it. */
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

/** What `await using` closes. */
export const Closing: abstract new () => Closes = Closer;
