/** How much memory a command takes. */

import { getHeapSpaceStatistics } from "node:v8";

/** Where V8 puts new objects, unless they are made by compiling. */
const OF_OBJECTS = new Set([
	"new_space",
	"new_large_object_space",
	"large_object_space",
]);

/**
 * An outcome, with how many more bytes are in use than before. Nothing is collected in between, unless it is so much that the
 * collector must run; then what it leaves still tells. Without `--expose-gc` nothing is measured.
 */
export async function measured(
	outcome: () => Promise<object>,
): Promise<object> {
	if (globalThis.gc === undefined) {
		return outcome();
	}
	globalThis.gc();
	// What the first has let go of counts until the second.
	globalThis.gc();
	const before = inUse();
	const result = await outcome();
	return { ...result, allocated: Math.max(0, inUse() - before) };
}

/** Bytes of objects that are new or large, and of the buffers behind objects: not of code, which comes when V8 likes. */
function inUse(): number {
	const spaces = getHeapSpaceStatistics().filter(({ space_name }) =>
		OF_OBJECTS.has(space_name),
	);
	const objects = spaces.map(({ space_used_size }) => space_used_size);
	const { external } = process.memoryUsage();
	return objects.reduce((sum, size) => sum + size, external);
}
