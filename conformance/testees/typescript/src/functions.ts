/** Finds what generated code calls a method: one whose name means something to JavaScript has become another. */

import type { Forms } from "./values.js";

/** A function of a service's client. */
export interface Found {
	/** The service, which clients are made of. */
	service: object;
	/** The function's name. */
	name: string;
}

/** The functions of all clients, by the methods' names on the wire. */
export interface Functions {
	calls: Map<string, Found>;
	/** Those that do not wait for the answer. */
	notifications: Map<string, Found>;
}

/** A method, as generated code declares it. */
interface Declared {
	name: string;
	kind: { form: string };
}

/** The functions of what a generated package exports. */
export function functionsOf(services: object): Functions {
	const functions: Functions = { calls: new Map(), notifications: new Map() };
	for (const service of Object.values(services) as object[]) {
		const methods = Object.entries(service) as [string, Declared][];
		for (const [name, { name: wireName, kind }] of methods) {
			const those =
				kind.form === "notification"
					? functions.notifications
					: functions.calls;
			those.set(wireName, { service, name });
		}
	}
	return functions;
}

/** The JSON forms of methods, among what the generated module exports: the only object that is no form. */
export function formsOf(json: object): Forms {
	const forms = Object.values(json).find(
		(each) => typeof each === "object" && !("from" in each),
	);
	return forms as Forms;
}
