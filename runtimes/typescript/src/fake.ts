import { StatusError } from "./errors.js";
import type { AnyMethod, Service } from "./method.js";

/**
 * Returns a client of `service` without a connection, for tests. It has the methods of `behaviour`, and the test may set further
 * ones later. Any other method fails with `Unimplemented`, and the error names it.
 */
export function createFake<Client>(
	service: Service<Client>,
	behaviour: Partial<Client> = {},
): Client {
	const methods: [string, AnyMethod][] = Object.entries(service);
	const unset = methods.map(([name, method]) => [name, refusing(method)]);
	return { ...Object.fromEntries(unset), ...behaviour } as Client;
}

function refusing({ name, kind }: AnyMethod): () => unknown {
	const refuse = async () => {
		const what = "the fake was not told what to do";
		throw new StatusError("Unimplemented", what, false, name);
	};
	return kind.form === "streaming"
		? () => ({ [Symbol.asyncIterator]: () => ({ next: refuse }) })
		: refuse;
}
