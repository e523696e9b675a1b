/**
 * Calls `tell` with what was registered for an object that nobody can reach any more.
 *
 * Nothing where the platform has no `FinalizationRegistry`, as Cloudflare Workers have not before the compatibility date of
 * 2025-05-05: what is forgotten there lives until its connection ends.
 */
export function whenForgotten<Held>(
	tell: (held: Held) => void,
): FinalizationRegistry<Held> | undefined {
	return "FinalizationRegistry" in globalThis
		? new FinalizationRegistry(tell)
		: undefined;
}
