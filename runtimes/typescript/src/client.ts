import type { CallOptions } from "./call.js";
import type { Connection } from "./connection.js";
import { NEVER } from "./limits.js";
import { type AnyMethod, CODEGEN_VERSION, type Service } from "./method.js";

/** Default of how long to wait for the answer of a call with one, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/** What a client may be told. */
export interface ClientOptions {
	/**
	 * How long to wait for the answer of a call with one, in milliseconds; `Infinity` for no limit. Default
	 * {@link DEFAULT_TIMEOUT_MS}. A stream may be quiet for hours: it has the time that its call is given, and no other.
	 */
	readonly timeoutMs?: number | undefined;
}

/**
 * A client of `service` on `connection`: an object with a function for each method.
 *
 * A service is a plain object of methods, so `createClient({ find }, connection)` makes a client of one method, and
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
	if (method.codegen !== CODEGEN_VERSION) {
		throw new TypeError(
			`${method.name} is code for version ${method.codegen} of the runtime, which is ${CODEGEN_VERSION}: run \`rapace gen\` again`,
		);
	}
	const { arity, kind } = method;
	const timeout = kind.form === "streaming" ? NEVER : timeoutMs;
	return (...values: unknown[]) =>
		connection.invoke(
			method,
			values,
			(values[arity] ?? NO_OPTIONS) as CallOptions,
			timeout,
		);
}
