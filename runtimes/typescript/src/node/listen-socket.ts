import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

import type { Host } from "../host.js";
import { quote } from "../quote.js";
import { type ListenAddress, shownHost } from "./address.js";
import type { Listening, ListenOptions } from "./options.js";
import { nameOf, SocketLayer } from "./socket.js";

/** Listens for sockets that carry frames as they are: TCP, TLS, Unix. */
export async function listenForSockets(
	host: Host,
	target: ListenAddress,
	path: string | undefined,
	{ tls }: ListenOptions,
): Promise<Listening> {
	const accept = (socket: Socket, leave: () => void) => {
		const peer = target.scheme === "unix" ? target.path : nameOf(socket);
		const layer = new SocketLayer(
			socket,
			`${target.scheme}://${peer}`,
			target.scheme !== "unix",
		);
		socket.once("close", leave);
		host.serve(layer);
	};
	const server =
		target.scheme === "tls"
			? secured(host, tls ?? {}, accept)
			: createServer((socket) => {
					const leave = admitted(host, socket);
					if (leave !== undefined) {
						accept(socket, leave);
					}
				});
	await opened(server, target, path);
	reportErrors(server, host);
	return {
		address: addressOf(server, target),
		close: () => closed(server),
	};
}

/** A server for TLS, whose handshakes have a timeout. */
function secured(
	host: Host,
	tls: object,
	accept: (socket: Socket, leave: () => void) => void,
): Server {
	const places = new WeakMap<object, () => void>();
	const server = createTlsServer(
		{ handshakeTimeout: host.handshakeTimeoutMs, ...tls },
		(socket) => accept(socket, places.get(rawOf(socket)) ?? (() => {})),
	);
	server.prependListener("connection", (raw: Socket) => {
		const leave = admitted(host, raw);
		if (leave !== undefined) {
			places.set(raw, leave);
			raw.once("close", leave);
		}
	});
	server.on("tlsClientError", (error, socket) => {
		host.warn(
			`TLS handshake with ${nameOf(socket)} failed: ${quote(error.message.trim())}`,
		);
		socket.destroy();
	});
	return server;
}

/** The socket under a TLS socket. */
function rawOf(socket: Socket): object {
	return (socket as { _parent?: object })._parent ?? socket;
}

/** Takes a place for a socket, or destroys it. */
export function admitted(host: Host, socket: Socket): (() => void) | undefined {
	// Until it has an owner it may fail.
	socket.on("error", () => {});
	const leave = host.admit();
	if (leave === undefined) {
		socket.destroy();
	}
	return leave;
}

/** Resolves when the server listens. */
export function opened(
	server: Server,
	target: ListenAddress,
	path: string | undefined,
): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		const listens = () => {
			server.off("error", reject);
			resolve();
		};
		if (path !== undefined) {
			server.listen({ path }, listens);
		} else if (target.scheme !== "unix") {
			server.listen({ host: target.host, port: target.port }, listens);
		}
	});
}

/** Logs that accepting failed, once until it works again: the system has no more sockets, and Node goes on by itself. */
export function reportErrors(server: Server, host: Host): void {
	let reported = false;
	server.on("error", (error) => {
		if (!reported) {
			reported = true;
			host.warn(
				`accepting a connection failed: ${quote(error.message.trim())}`,
			);
		}
	});
	server.on("connection", () => {
		reported = false;
	});
}

/** The address with the port that was taken. */
export function addressOf(server: Server, target: ListenAddress): string {
	if (target.scheme === "unix") {
		return `unix://${target.path}`;
	}
	const bound = server.address();
	const port =
		typeof bound === "object" && bound !== null ? bound.port : target.port;
	return `${target.scheme}://${shownHost(target.host)}:${port}${"path" in target ? target.path : ""}`;
}

/** Stops listening. Resolves at once: the connections that were accepted are the host's. */
export function closed(server: Server): Promise<void> {
	server.close();
	return Promise.resolve();
}
