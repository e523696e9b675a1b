/**
 * The lines that come in, apart by line feeds and by nothing else: `node:readline` also cuts at U+2028 and U+2029 in some
 * engines, which may stand in JSON as they are.
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
