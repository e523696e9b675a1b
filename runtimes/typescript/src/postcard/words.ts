/** 64 bits that are a `bigint` and two halves at once, whatever the byte order of the machine. */

/** The halves, each as a number below 2^32: see {@link lowHalf} and {@link highHalf}. */
export const halves: Uint32Array = /* @__PURE__ */ new Uint32Array(2);
/** The same bits as a `bigint` from 0. */
export const uint64: BigUint64Array = /* @__PURE__ */ new BigUint64Array(
	halves.buffer,
);
/** The same bits as a `bigint` in two's complement. */
export const int64: BigInt64Array = /* @__PURE__ */ new BigInt64Array(
	halves.buffer,
);
/** The index of the low half in {@link halves}. */
export const lowHalf: number =
	/* @__PURE__ */ new Uint8Array(
		/* @__PURE__ */ Uint16Array.of(1).buffer,
	)[0] === 1
		? 0
		: 1;
/** The index of the high half in {@link halves}. */
export const highHalf: number = 1 - lowHalf;
