import { StatusError } from "../errors.js";
import type { Host } from "../host.js";
import { quote } from "../quote.js";
import { type ListenAddress, parseListenAddress } from "./address.js";
import { listenForSockets } from "./listen-socket.js";
import { listenForWebSockets } from "./listen-websocket.js";
import type { Listening, ListenOptions } from "./options.js";
import { claim, type SocketFile } from "./socket-file.js";

/** What listens for a host. The host closes it with itself. */
export interface Listener {
	/** The address with the port that was taken: `tcp://127.0.0.1:43211`. */
	readonly address: string;
	/** Stops listening. Connections that were accepted stay open. May be called again. */
	close(): Promise<void>;
}

/**
 * Makes `host` accept connections at `tcp://host:port`, `tls://host:port`, `unix:///path`, `ws://host:port[/path]` or `wss://…`. Port 0
 * takes any port that is free. WebSockets need the package `ws`.
 *
 * A file at the path of a Unix socket is replaced if it is a socket that nobody listens on, and it is removed when the host is closed.
 *
 * @throws StatusError AlreadyExists when the address is in use, InvalidArgument for an address or option that makes no sense,
 * FailedPrecondition when the package `ws` is missing, and Unavailable when listening fails for another reason.
 */
export async function listen(
	host: Host,
	address: string,
	options: ListenOptions = {},
): Promise<Listener> {
	const target = parseListenAddress(address);
	const secure = target.scheme === "tls" || target.scheme === "wss";
	if (secure && options.tls === undefined) {
		const what = `${address} needs the option tls, with cert and key`;
		throw new StatusError("InvalidArgument", what, false, "");
	}
	let file: SocketFile | undefined;
	let listening: Listening;
	try {
		file = target.scheme === "unix" ? await claim(target.path) : undefined;
		listening = await begin(host, target, file?.path, options);
		await file?.publish();
	} catch (cause) {
		await file?.abandon();
		throw failureOf(address, cause);
	}
	let closed: Promise<void> | undefined;
	const door = {
		address: listening.address,
		close: () => {
			closed ??= (async () => {
				await file?.remove();
				await listening.close();
			})();
			return closed;
		},
	};
	host.addDoor(door);
	return door;
}

function begin(
	host: Host,
	target: ListenAddress,
	path: string | undefined,
	options: ListenOptions,
): Promise<Listening> {
	return target.scheme === "ws" || target.scheme === "wss"
		? listenForWebSockets(host, target, options)
		: listenForSockets(host, target, path, options);
}

/** The error of an address that cannot be listened at. */
function failureOf(address: string, cause: unknown): unknown {
	const { code, message } = Object(cause) as {
		code?: unknown;
		message?: string;
	};
	if (cause instanceof StatusError) {
		return cause;
	}
	const [status, why] =
		code === "EADDRINUSE"
			? (["AlreadyExists", "address in use"] as const)
			: (["Unavailable", quote(message ?? String(cause))] as const);
	const what = `cannot listen at ${address}: ${why}`;
	return new StatusError(status, what, false, "", cause);
}
