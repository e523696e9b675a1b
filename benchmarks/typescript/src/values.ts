/** The workload's values: the reference bytes, read by our generated code. */

import { deepStrictEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Order, Small } from "#rapace/index.js";
import { decode, encode, payload } from "./codec/rapace.js";

/** A value of each case. */
export interface Values {
	small: Small;
	order: Order;
	batch: Order[];
	ints: number[];
	floats: number[];
	strings: string[];
}

/** The cases in the order in which they are measured. */
export const CASES = [
	"small",
	"order",
	"batch",
	"ints",
	"floats",
	"strings",
] as const;

/** The name of a case. */
export type Case = (typeof CASES)[number];

/** The values of all cases: what the reference bytes in `folder` are to us, and what we write as the same bytes. */
export function values(folder: string): Values {
	const value = (name: Case): unknown => {
		const bytes = new Uint8Array(readFileSync(join(folder, `${name}.bin`)));
		const value = decode(name, bytes);
		deepStrictEqual(payload(encode(name, value)), bytes, name);
		return value;
	};
	return Object.fromEntries(CASES.map((name) => [name, value(name)])) as never;
}
