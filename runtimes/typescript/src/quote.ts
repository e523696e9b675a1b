/** Most bytes of a text of the peer's that errors and logs show. */
const QUOTED_BYTES = 1024;

/** Line breaks of any system and tabs. */
const BREAKS = /[\t-\r\x85\u2028\u2029]/g;

/** Other control characters, and those that change the direction of text. */
const CONTROLS = /[\p{Cc}\p{Bidi_C}]/gu;

/**
 * A text of the peer's, as errors and logs show it: in one line, without what steers a terminal, and of at most 1,024 bytes.
 * One that was cut ends in "...".
 */
export function quote(text: string): string {
	// A character is a byte at least.
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
