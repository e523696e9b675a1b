import type { RapaceError } from "./errors.js";

/** The state of a connection. Only one that reconnects is ever `disconnected`. */
export type ConnectionState =
	/** The connection is being made, for the first time or again. */
	| { readonly state: "connecting" }
	/** Calls can be made. */
	| { readonly state: "connected" }
	/** The connection was lost or could not be made again, for this reason. Another attempt follows. */
	| { readonly state: "disconnected"; readonly cause: RapaceError }
	/** The connection is over: for this reason, or because this side has closed it. */
	| { readonly state: "closed"; readonly cause: RapaceError | undefined };

/** Called after every change of state, in order. An error that it throws does not affect the connection. */
export type OnState = (state: ConnectionState) => void;

/** Reports a state or a warning after the code that runs now, so that nothing the handler does or throws interrupts it. */
export function tell<What>(
	handler: ((what: What) => void) | undefined,
	what: What,
): void {
	if (handler !== undefined) {
		queueMicrotask(() => handler(what));
	}
}

/** What {@link logStates} writes to: `console`, or a logger with these two functions. */
export interface Logger {
	debug(message: string): void;
	info(message: string): void;
}

/** Returns an {@link OnState} that logs a line per change, which begins with `name`. Ends are info, other changes debug. */
export function logStates(logger: Logger, name = "rapace"): OnState {
	return (change) => {
		const cause = "cause" in change ? change.cause : undefined;
		const line = `${name}: ${change.state}${cause === undefined ? "" : `: ${cause.message}`}`;
		if (change.state === "disconnected" || change.state === "closed") {
			logger.info(line);
		} else {
			logger.debug(line);
		}
	};
}
