import type { RapaceError } from "../errors.js";

/**
 * What a channel carries: one answer, several, bytes in both directions, or no answer. The request of a notification goes over
 * channel 0, and its own channel only marks that it waits to be sent.
 */
export type Form = "unary" | "streaming" | "notification" | "tunnel";

/** Receives what arrives on one channel. None of these may throw. */
export interface Exchange {
	/** The method that was called, for errors. */
	readonly method: string;
	/** What the channel carries. To a unary call the first item is also the end. */
	readonly form: Form;
	/** The deadline, in milliseconds of the clock of `Session.expire`; or `NEVER`. */
	readonly deadline: number;
	/** The deadline has come. The exchange cancels itself. */
	expire(): void;
	/**
	 * An item, or the one answer. It lies in `memory`, next to other data, from `start` to `end`. The memory is the caller's: copy
	 * what you keep.
	 */
	item(memory: Uint8Array, start: number, end: number): void;
	/** The end: nothing follows. */
	end(): void;
	/** The end by an error: nothing follows. */
	fail(error: RapaceError): void;
}

/** Why a call is cancelled: `CancelReason` of rapace-core 0.5.0, in its order. */
export type CancelReason =
	| "ClientCancel"
	| "DeadlineExceeded"
	| "ResourceExhausted";
