/** protobuf-es: messages made by `create`, 64-bit integers as `bigint`, maps as plain objects. */

import { ok } from "node:assert/strict";

import {
	create,
	type DescMessage,
	equals,
	fromBinary,
	type MessageShape,
	toBinary,
} from "@bufbuild/protobuf";
import type * as ours from "#rapace/index.js";
import {
	BatchSchema,
	FloatsSchema,
	IntsSchema,
	type Order,
	OrderSchema,
	SmallSchema,
	type Status,
	StatusSchema,
	StringsSchema,
} from "../../generated/protobuf-es/workload_pb.js";
import type { Codec, Library } from "./library.js";

function codec<Schema extends DescMessage>(
	schema: Schema,
	value: MessageShape<Schema>,
): Codec {
	return {
		encode: () => toBinary(schema, value),
		decode: (bytes) => fromBinary(schema, bytes),
		check: (bytes) => ok(equals(schema, fromBinary(schema, bytes), value)),
	};
}

function order(value: ours.Order): Order {
	return create(OrderSchema, {
		...value,
		labels: Object.fromEntries(value.labels),
		status: status(value.status),
	});
}

function status(value: ours.Status): Status {
	switch (value.kind) {
		case "Open":
			return create(StatusSchema, { kind: { case: "open", value: {} } });
		case "Paid":
			return create(StatusSchema, {
				kind: { case: "paid", value: { at: value.at, method: value.method } },
			});
		case "Shipped":
			return create(StatusSchema, {
				kind: { case: "shipped", value: value.value },
			});
		case "Cancelled":
			return create(StatusSchema, {
				kind: {
					case: "cancelled",
					value: { reason: value.reason, refund: value.refund },
				},
			});
	}
}

export const protobufEs: Library = (values) => ({
	small: codec(SmallSchema, create(SmallSchema, values.small)),
	order: codec(OrderSchema, order(values.order)),
	batch: codec(
		BatchSchema,
		create(BatchSchema, { orders: values.batch.map(order) }),
	),
	ints: codec(IntsSchema, create(IntsSchema, { values: values.ints })),
	floats: codec(FloatsSchema, create(FloatsSchema, { values: values.floats })),
	strings: codec(
		StringsSchema,
		create(StringsSchema, { values: values.strings }),
	),
});
