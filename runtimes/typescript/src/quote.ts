import { QUOTED_BYTES } from "./limits.js";

/** Line breaks of any system and tabs. */
const BREAKS = /[\t-\r\x85\u2028\u2029]/g;

/** Other control characters, and those that change the direction of text. */
const CONTROLS = /[\p{Cc}\p{Bidi_C}]/gu;

/**
 * Returns a text of the peer for errors and logs: one line of at most 1,024 bytes, without characters that control a terminal. A
 * text that was cut ends in "...".
 */
export function quote(text: string): string {
	// A character takes at least one byte.
	const shown = text
		.slice(0, QUOTED_BYTES + 1)
		.replace(BREAKS, " ")
		.replace(CONTROLS, "\ufffd");
	const fits = (bytes: number) =>
		new TextEncoder().encodeInto(shown, new Uint8Array(bytes)).read;
	return fits(QUOTED_BYTES) < shown.length
		? `${shown.slice(0, fits(QUOTED_BYTES - 3))}...`
		: shown;
}
