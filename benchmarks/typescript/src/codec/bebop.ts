/** Bebop: records made by its factories, 64-bit integers as `bigint`, maps as `Map`. */

import { deepStrictEqual } from "node:assert/strict";
import type * as ours from "#rapace/index.js";
import * as bebop from "../../generated/bebop/workload.js";
import type { Codec, Library } from "./library.js";
import { plain } from "./plain.js";

interface Struct<Value> {
	(value: Value): Value;
	encode(value: Value): Uint8Array;
	decode(bytes: Uint8Array): Value;
}

function codec<Value extends object>(
	struct: Struct<Value>,
	value: Value,
): Codec {
	const record = struct(value);
	return {
		encode: () => struct.encode(record),
		decode: (bytes) => struct.decode(bytes),
		check: (bytes) =>
			deepStrictEqual(plain(struct.decode(bytes)), plain(record)),
	};
}

function order(value: ours.Order): bebop.Order {
	return {
		...present(value),
		customer: present(value.customer),
		lines: value.lines.map(present),
		status: status(value.status),
	};
}

function status(value: ours.Status): bebop.Status {
	switch (value.kind) {
		case "Open":
			return bebop.Status.fromOpen({});
		case "Paid":
			return bebop.Status.fromPaid({ at: value.at, method: value.method });
		case "Shipped":
			return bebop.Status.fromShipped({ value: value.value });
		case "Cancelled":
			return bebop.Status.fromCancelled(
				present({ reason: value.reason, refund: value.refund }),
			);
	}
}

/** Without the properties that are `undefined`, which Bebop's messages lack. */
function present<Value extends object>(value: Value): Value {
	return Object.fromEntries(
		Object.entries(value).filter(([, value]) => value !== undefined),
	) as Value;
}

export const bebopLibrary: Library = (values) => ({
	small: codec(bebop.Small, values.small),
	order: codec(bebop.Order, order(values.order)),
	batch: codec(bebop.Batch, { orders: values.batch.map(order) }),
	ints: codec(bebop.Ints, { values: values.ints }),
	floats: codec(bebop.Floats, { values: values.floats }),
	strings: codec(bebop.Strings, { values: values.strings }),
});
