/**
 * Keys that are made to collide. Engines find the place of a number or bigint in a map by a hash without a secret, so that whoever
 * chooses keys of one place makes each entry as slow as all before it are long: 40,000 would take ten seconds.
 */

import type { Reader } from "./reader.js";

/** Maps and sets up to so many entries are quick whatever their keys. */
const QUICK_ENTRIES = 2048;

/** Keys are told apart by so many bits of their hash: a power of two of crowds. */
const CROWDS = 4096;

/** Most keys of one crowd; of many entries each crowd may have this part more, four times what honest keys have. */
const MOST_ALIKE = 1024;
const SHARE = 1024;

const doubles = /* @__PURE__ */ new Float64Array(1);
const words = /* @__PURE__ */ new Uint32Array(doubles.buffer);
const bigints = /* @__PURE__ */ new BigUint64Array(doubles.buffer);

/**
 * For the keys of one map or set of integers: takes each key, with its position, and returns it.
 *
 * The reader fails when too many keys have what V8 takes for one hash: for a bigint that is the lowest 64 bits alone.
 */
export function integerKeys(
	r: Reader,
): <Value>(key: Value, i: number) => Value {
	let sizes: Uint32Array | undefined;
	return (key, i) => {
		if (i >= QUICK_ENTRIES) {
			sizes ??= new Uint32Array(CROWDS);
			const crowd = hash(key) % CROWDS;
			const size = (sizes[crowd] as number) + 1;
			sizes[crowd] = size;
			if (size > MOST_ALIKE + i / SHARE) {
				r.fail(`${size} keys collide, of ${i + 1}`, i);
			}
		}
		return key;
	};
}

/** What V8 makes of a number or bigint; of what is none, such as `undefined`, there is but one. */
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
	// Either order of the halves is as good: the machine's is V8's.
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

/** `ComputeLongHash` of V8, of a number of 64 bits in two halves: its low half. */
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
