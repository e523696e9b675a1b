/** The options of a single call, which are its last argument. */
export interface CallOptions {
	/** Cancels the call when it aborts. The call fails with `Cancelled`, and the signal's reason is its `cause`. */
	readonly signal?: AbortSignal | undefined;
	/**
	 * How long to wait for the answer, or for each item of a stream, in milliseconds; `Infinity` for no limit. After that the
	 * call fails with `DeadlineExceeded`. Defaults to the client's timeout for an answer, and to no limit for the items of a
	 * stream.
	 */
	readonly timeoutMs?: number | undefined;
}
