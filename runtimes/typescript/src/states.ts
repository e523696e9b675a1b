import type { RapaceError } from "./errors.js";

/** How a connection stands. Only one that reconnects is ever `disconnected`. */
export type ConnectionState =
	/** It is being made, for the first time or again. */
	| { readonly state: "connecting" }
	/** Calls can be made. */
	| { readonly state: "connected" }
	/** It was lost, or an attempt to make it again failed, for this reason. Another attempt follows. */
	| { readonly state: "disconnected"; readonly cause: RapaceError }
	/** It is over: for this reason, or because this side has closed it. */
	| { readonly state: "closed"; readonly cause: RapaceError | undefined };

/** Hears of every change of state, in order. What it throws is an error of its own: it disturbs no connection. */
export type OnState = (state: ConnectionState) => void;

/** Tells of a state or a warning, after what runs at present: whatever the handler does or throws, it is in nobody's midst. */
export function tell<What>(
	handler: ((what: What) => void) | undefined,
	what: What,
): void {
	if (handler !== undefined) {
		queueMicrotask(() => handler(what));
	}
}

/** What {@link logStates} writes to: `console`, or a logger that has these two. */
export interface Logger {
	debug(message: string): void;
	info(message: string): void;
}

/** An {@link OnState} that writes a line per change, `name` before it: what ends is info, all else debug. */
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
