/**
 * Returns a registry that calls `tell` with what was registered for an object after the object was collected.
 *
 * Returns nothing where the platform has no `FinalizationRegistry`, such as Cloudflare Workers before the compatibility date
 * 2025-05-05. There, a call that nobody can read any more lives until its connection ends.
 */
export function whenForgotten<Held>(
	tell: (held: Held) => void,
): FinalizationRegistry<Held> | undefined {
	return "FinalizationRegistry" in globalThis
		? new FinalizationRegistry(tell)
		: undefined;
}
