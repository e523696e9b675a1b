/** The workload's values: the reference bytes, read by our generated code. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Order, Small } from "../generated/rapace/src/index.js";
import { decode } from "./codec/rapace.js";

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

/** The reference bytes of a case. */
export function reference(folder: string, name: Case): Uint8Array {
	return new Uint8Array(readFileSync(join(folder, `${name}.bin`)));
}

/** The values of all cases. */
export function values(folder: string): Values {
	const value = (name: Case) => decode(name, reference(folder, name));
	return Object.fromEntries(CASES.map((name) => [name, value(name)])) as never;
}
