/**
 * Keys that were chosen to collide. Engines hash numbers and bigints without a secret. Each key with the hash of the keys before it
 * makes the engine compare it with all of them: 40,000 such keys would take ten seconds.
 */

import {
	COLLIDING_SHARE,
	FAST_ENTRIES,
	MAX_COLLIDING_KEYS,
} from "../limits.js";
import type { Reader } from "./reader.js";

/** Keys are counted by their hash modulo this power of two. */
const BUCKETS = 4096;

const doubles = /* @__PURE__ */ new Float64Array(1);
const words = /* @__PURE__ */ new Uint32Array(doubles.buffer);
const bigints = /* @__PURE__ */ new BigUint64Array(doubles.buffer);

/**
 * Checks the keys of one map or set of integers: the returned function takes each key with its position, and returns the key.
 *
 * The reader fails when too many keys have the same hash in V8. The hash of a bigint depends on its lowest 64 bits alone.
 */
export function integerKeys(
	r: Reader,
): <Value>(key: Value, i: number) => Value {
	let sizes: Uint32Array | undefined;
	return (key, i) => {
		if (i >= FAST_ENTRIES) {
			sizes ??= new Uint32Array(BUCKETS);
			const bucket = hash(key) % BUCKETS;
			const size = (sizes[bucket] as number) + 1;
			sizes[bucket] = size;
			if (size > MAX_COLLIDING_KEYS + i / COLLIDING_SHARE) {
				r.fail(`${size} keys collide, of ${i + 1}`, i);
			}
		}
		return key;
	};
}

/** Returns the hash that V8 uses for a number or bigint. Anything else is `undefined`, which has one value and hash 0. */
function hash(key: unknown): number {
	if (typeof key === "bigint") {
		bigints[0] = key;
	} else if (typeof key !== "number") {
		return 0;
	} else if ((key | 0) === key) {
		return hash32(key);
	} else {
		doubles[0] = key;
	}
	// In the byte order of the machine, like V8.
	return hash64(words[0] as number, words[1] as number);
}

/** `ComputeUnseededHash` of V8. */
function hash32(key: number): number {
	let h = ~key + (key << 15);
	h ^= h >>> 12;
	h += h << 2;
	h ^= h >>> 4;
	h = Math.imul(h, 2057);
	return (h ^ (h >>> 16)) >>> 0;
}

/** The low half of `ComputeLongHash` of V8, for a number of 64 bits in two halves. */
function hash64(low: number, high: number): number {
	let l = low;
	let h = high;
	const add = (lowest: number, highest: number) => {
		const sum = (l >>> 0) + (lowest >>> 0);
		h = (h + highest + (sum > 0xffff_ffff ? 1 : 0)) | 0;
		l = sum | 0;
	};
	const addShifted = (of: [low: number, high: number], bits: number) =>
		add(of[0] << bits, (of[1] << bits) | (of[0] >>> (32 - bits)));
	const mix = (bits: number) => {
		l ^= (l >>> bits) | (h << (32 - bits));
		h ^= h >>> bits;
	};
	const key: [number, number] = [l, h];
	l = ~l;
	h = ~h;
	addShifted(key, 18);
	mix(31);
	const once: [number, number] = [l, h];
	addShifted(once, 2);
	addShifted(once, 4);
	mix(11);
	addShifted([l, h], 6);
	mix(22);
	return l >>> 0;
}
