/**
 * The lines of the input, split at line feeds alone: in some engines `node:readline` also splits at U+2028 and U+2029, which
 * JSON may contain.
 */
export async function* lines(
	input: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
	const decoder = new TextDecoder();
	let rest = "";
	for await (const chunk of input) {
		const [first = "", ...others] = decoder
			.decode(chunk, { stream: true })
			.split("\n");
		rest += first;
		for (const other of others) {
			yield rest;
			rest = other;
		}
	}
}
