/** Calls of the peer. A client serves no methods: it answers every request with `Unimplemented`. */

/**
 * Receives the requests of the peer. Its payload lies in `memory` from `start` to `end`, and is copied if it is kept. The
 * channel drops what follows until its end arrives.
 */
export type OnRequest = (
	channel: number,
	method: number,
	flags: number,
	memory: Uint8Array,
	start: number,
	end: number,
) => void;

/** The payload of an error frame: `Unimplemented`, the length of the message, and the message. */
export const REFUSAL: Uint8Array = /* @__PURE__ */ new TextEncoder().encode(
	"\v\0\0\0\x1d\0\0\0this client serves no methods",
);
