/** Sockets that a program has already: accepted by its own server, inherited, or one of a pair. */

import type { Socket } from "node:net";

import { type Connection, SingleConnection } from "../connection.js";
import type { ServingOptions } from "../handlers/options.js";
import type { Host } from "../host.js";
import type { ConnectionOptions } from "../wire.js";
import { nameOf, SocketLayer } from "./socket.js";

/**
 * Returns a connection over a connected socket, which then belongs to the connection. The socket is a `net.Socket` or a `TLSSocket`
 * from which nothing was read.
 *
 * @throws StatusError InvalidArgument for a limit that makes no sense.
 */
export function connectSocket(
	socket: Socket,
	options: ConnectionOptions & ServingOptions = {},
): Connection {
	return new SingleConnection(layerOf(socket), options);
}

/**
 * Serves a connected socket, which then belongs to the host.
 *
 * @throws StatusError ResourceExhausted beyond the host's `maxConnections`, Unavailable when the host is closing. The socket is closed
 * then.
 */
export function serveSocket(host: Host, socket: Socket): Connection {
	return host.accept(layerOf(socket));
}

function layerOf(socket: Socket): SocketLayer {
	const tcp = socket.remoteFamily !== undefined;
	const peer = tcp ? `tcp://${nameOf(socket)}` : "unix://";
	socket.resume();
	return new SocketLayer(socket, peer, tcp);
}
