import type { Connection } from "./connection.js";
import { DEFAULT_TIMEOUT_MS } from "./limits.js";
import { type AnyMethod, CODEGEN_VERSION, type Service } from "./method.js";
import type { CallOptions } from "./options.js";
import { NEVER } from "./time.js";

/** The options of a client. */
export interface ClientOptions {
	/**
	 * How long a call with one answer waits for it, in milliseconds; `Infinity` for no limit. Defaults to
	 * {@link DEFAULT_TIMEOUT_MS}. Streams ignore it, because a stream may be silent for hours: only a call's own timeout applies.
	 */
	readonly timeoutMs?: number | undefined;
}

/**
 * Returns a client of `service` on `connection`: an object with a function for each method.
 *
 * A service is a plain object of methods. `createClient({ find }, connection)` therefore makes a client of one method, and
 * bundlers leave out all others.
 *
 * @throws TypeError when the service was generated for another version of the runtime.
 */
export function createClient<Client>(
	service: Service<Client>,
	connection: Connection,
	options: ClientOptions = {},
): Client {
	const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
	const methods: [string, AnyMethod][] = Object.entries(service);
	return Object.fromEntries(
		methods.map(([name, method]) => [
			name,
			callable(method, connection, timeoutMs),
		]),
	) as Client;
}

const NO_OPTIONS: CallOptions = {};

function callable(
	method: AnyMethod,
	connection: Connection,
	timeoutMs: number,
) {
	const { arity, kind } = method;
	if (kind.codegen !== CODEGEN_VERSION) {
		throw new TypeError(
			`${method.name} is code for version ${kind.codegen} of the runtime, which is ${CODEGEN_VERSION}: run \`rapace gen\` again`,
		);
	}
	const timeout = kind.form === "streaming" ? NEVER : timeoutMs;
	return (...values: unknown[]) =>
		connection.invoke(
			method,
			values,
			(values[arity] ?? NO_OPTIONS) as CallOptions,
			timeout,
		);
}
