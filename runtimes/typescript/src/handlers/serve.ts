import type { Handler } from "../wire.js";
import {
	type AnyFunction,
	type AnyHandledMethod,
	HANDLERS_VERSION,
	type HandlerOf,
} from "./service.js";
import { ServedCalls } from "./serving.js";
import { type Entry, type Serves, tableOf } from "./table.js";

/**
 * Returns what a host or a connection serves: `handler` implements `service`, which the module `handlers` of a generated package
 * exports. A handler is an object with a function for each method, or an instance of a class. Its functions get the arguments and
 * then the {@link ServedCall}. A client is a handler too: `serve(Catalog, createClient(Catalog, connection))` is a proxy.
 *
 * The caller receives a StatusError that a function throws. Any other error is logged, and the caller learns only that the method
 * failed.
 *
 * @throws TypeError when a function is missing, or when the service was generated for another version of the runtime.
 */
export function serve<Service extends object>(
	service: Service,
	handler: HandlerOf<Service>,
): Handler {
	const entries: Entry[] = [];
	for (const [property, method] of Object.entries(service) as [
		string,
		AnyHandledMethod,
	][]) {
		const { answers, name, id } = method;
		if (answers === undefined) {
			// A notification has the method that it notifies of.
			continue;
		}
		if (answers.version !== HANDLERS_VERSION) {
			throw new TypeError(
				`${name} is code for version ${answers.version} of the runtime's handlers, which is ${HANDLERS_VERSION}: run \`rapace gen\` again`,
			);
		}
		const run: unknown = Reflect.get(Object(handler), property);
		if (typeof run !== "function") {
			throw new TypeError(`the handler has no function ${property}: ${name}`);
		}
		const { form } = answers;
		entries.push({
			name,
			id,
			form,
			method,
			handler: Object(handler) as object,
			run: run as AnyFunction,
		});
	}
	const served: Serves = {
		entries,
		serveOn: (wire, layer, options) =>
			new ServedCalls(wire, layer, tableOf(options.handlers ?? []), options),
	};
	return served;
}
