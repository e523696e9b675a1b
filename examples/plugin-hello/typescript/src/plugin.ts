/** A plug-in: it serves the host that it dials, and calls the host back. `node build/plugin.js ADDRESS` */

import process from "node:process";

import { Host } from "plugin-hello";
import { Plugin } from "plugin-hello/handlers";
import {
	Code,
	connect,
	createClient,
	type ServedCall,
	StatusError,
	serve,
} from "plugin-hello/node";

const plugin = serve(Plugin, {
	async greet(name, call) {
		return `${await hostValue("greeting", call)}, ${name}!`;
	},
	async *render(template, call) {
		for (const line of template.split("\n")) {
			const parts = line.split(/\{\{([A-Za-z]+)\}\}/);
			for (let i = 1; i < parts.length; i += 2) {
				parts[i] = await hostValue(parts[i] ?? "", call);
			}
			yield parts.join("");
		}
	},
});

/** The value of a key, which the host that calls knows. */
async function hostValue(key: string, call: ServedCall): Promise<string> {
	const value = await createClient(Host, call.connection).value(key, call);
	if (value === undefined) {
		throw new StatusError(Code.NotFound, `no value for ${key}`);
	}
	return value;
}

// A plug-in opens even channels, although it dials.
const options = { handlers: [plugin], firstChannel: 2 } as const;
const connection = await connect(process.argv.at(-1) ?? "", options);
process.once("SIGTERM", () => void connection.close());
await connection.closed;
