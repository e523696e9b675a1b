import type { Interceptor } from "../interceptors.js";

/** What a connection or a host that serves handlers writes its log to: `console`, or a logger with these two functions. */
export interface ServingLogger {
	/** Mistakes of the peer, and handlers that do not end. */
	warn(message: string): void;
	/** Failures of a handler, with what it threw. */
	error(message: string, cause?: unknown): void;
}

/** The options of what serves handlers: of a host, and of a connection with the option `handlers`. */
export interface ServingOptions {
	/** Functions around the calls of the peer. The first one is the outermost. */
	readonly interceptors?: readonly Interceptor[] | undefined;
	/** Most calls of the peer that run on one connection; one more fails with `ResourceExhausted`. Default {@link MAX_SERVED_CALLS}. */
	readonly maxServedCalls?: number | undefined;
	/**
	 * Most bytes of the requests that run on one connection; one more fails with `ResourceExhausted`. A request alone always runs.
	 * Default {@link MAX_SERVED_BYTES}.
	 */
	readonly maxServedBytes?: number | undefined;
	/**
	 * True to send the text of any error that a handler throws to its caller. By default the caller learns only that the method failed,
	 * because the text may be secret.
	 */
	readonly errorTexts?: boolean | undefined;
	/** Receives failures of handlers, with their traces, and mistakes of the peer. Default `console`. Arguments and answers are never logged. */
	readonly logger?: ServingLogger | undefined;
}
