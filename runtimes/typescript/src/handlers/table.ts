/** The methods of the handlers that a connection or a host serves. */

import { StatusError } from "../errors.js";
import type { Handler } from "../wire.js";
import type { AnyFunction, AnyHandledMethod } from "./service.js";

/** One method, and the handler that implements it. */
export interface Entry {
	/** `Catalog.find`. */
	readonly name: string;
	readonly id: number;
	readonly form: "unary" | "streaming";
	readonly method: AnyHandledMethod;
	readonly handler: object;
	/** The handler's function, which is called with the handler as `this`. */
	readonly run: AnyFunction;
}

/** A handler with its methods. */
export interface Serves extends Handler {
	readonly entries: readonly Entry[];
}

/** The methods by their ids, and the names of the services. */
export interface Table {
	readonly entries: ReadonlyMap<number, Entry>;
	/** `Catalog, Orders`, sorted. */
	readonly services: string;
}

/** The tables that were made: the connections of a host share one. */
const tables = /* @__PURE__ */ new WeakMap<readonly Handler[], Table>();

/**
 * Returns the table of these handlers.
 *
 * @throws StatusError InvalidArgument when two of them have the same method.
 */
export function tableOf(handlers: readonly Handler[]): Table {
	const known = tables.get(handlers);
	if (known !== undefined) {
		return known;
	}
	const entries = new Map<number, Entry>();
	const services = new Set<string>();
	for (const entry of (handlers as readonly Serves[]).flatMap(
		(handler) => handler.entries,
	)) {
		const other = entries.get(entry.id);
		if (other !== undefined) {
			const what = `two handlers serve ${entry.name}`;
			const both = `${other.name} and ${entry.name} have the same id`;
			const why = other.name === entry.name ? what : both;
			throw new StatusError("InvalidArgument", why, false, "");
		}
		entries.set(entry.id, entry);
		services.add(entry.name.slice(0, entry.name.lastIndexOf(".")));
	}
	const table = { entries, services: [...services].sort().join(", ") };
	tables.set(handlers, table);
	return table;
}
