/** protobuf.js, static code by pbjs: instances of its classes, 64-bit integers as `Long`, maps as plain objects. */

import { deepStrictEqual } from "node:assert/strict";
import type { Writer } from "protobufjs/minimal.js";
import { workload } from "#protobufjs";
import type * as ours from "#rapace/index.js";
import type { Codec, Library } from "./library.js";
import { plain } from "./plain.js";

interface Message<Value> {
	fromObject(value: object): Value;
	toObject(value: Value): object;
	encode(value: Value): Writer;
	decode(bytes: Uint8Array): Value;
}

function codec<Value>(message: Message<Value>, value: object): Codec {
	const instance = message.fromObject(value);
	return {
		encode: () => message.encode(instance).finish(),
		decode: (bytes) => message.decode(bytes),
		check: (bytes) =>
			deepStrictEqual(
				plain(message.toObject(message.decode(bytes))),
				plain(message.toObject(instance)),
			),
	};
}

function order(value: ours.Order): object {
	return {
		...value,
		labels: Object.fromEntries(value.labels),
		status: status(value.status),
	};
}

function status(value: ours.Status): object {
	switch (value.kind) {
		case "Open":
			return { open: {} };
		case "Paid":
			return { paid: { at: value.at, method: value.method } };
		case "Shipped":
			return { shipped: value.value };
		case "Cancelled":
			return { cancelled: { reason: value.reason, refund: value.refund } };
	}
}

export const protobufjs: Library = (values) => ({
	small: codec(workload.Small, values.small),
	order: codec(workload.Order, order(values.order)),
	batch: codec(workload.Batch, { orders: values.batch.map(order) }),
	ints: codec(workload.Ints, { values: values.ints }),
	floats: codec(workload.Floats, { values: values.floats }),
	strings: codec(workload.Strings, { values: values.strings }),
});
