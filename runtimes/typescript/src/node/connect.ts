import { connect as netConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";

import { establish, type OpenLayer } from "../connect.js";
import type { Connection } from "../connection.js";
import { parseAddress, type SocketAddress } from "./address.js";
import type { NodeConnectOptions } from "./options.js";
import { SocketLayer } from "./socket.js";
import { checked } from "./tls.js";
import { openNodeWebSocket } from "./websocket.js";

/**
 * Connects to a server at `tcp://host:port`, `tls://host:port`, `unix:///path`, `ws://host[:port][/path]` or `wss://…`.
 *
 * @throws ConnectionError when the server cannot be reached or its certificate is refused; StatusError `DeadlineExceeded`,
 * `Cancelled`, `InvalidArgument` for an address or option that makes no sense, or `FailedPrecondition` when the package
 * `ws` is missing.
 */
export async function connect(
	address: string,
	options: NodeConnectOptions = {},
): Promise<Connection> {
	const target = parseAddress(address);
	const open =
		"path" in target || "port" in target
			? openSocket(address, target, options)
			: openNodeWebSocket(address, target, options);
	return await establish(address, options, open);
}

function openSocket(
	address: string,
	target: SocketAddress,
	options: NodeConnectOptions,
): OpenLayer {
	return (opened, failed) => {
		const socket =
			target.scheme === "tls"
				? tlsConnect({
						...checked(target.host, options.tls),
						host: target.host,
						port: target.port,
					})
				: netConnect(target);
		const ready = target.scheme === "tls" ? "secureConnect" : "connect";
		socket.once(ready, succeed);
		socket.once("error", refuse);
		socket.once("close", hangUp);
		return giveUp;

		function succeed() {
			release();
			opened(new SocketLayer(socket, address, target.scheme !== "unix"));
		}
		function refuse(cause: Error) {
			giveUp();
			failed(cause);
		}
		function hangUp() {
			giveUp();
			failed(new Error("the peer closed the connection"));
		}
		function giveUp() {
			release();
			// The socket may still emit an error.
			socket.on("error", () => {});
			socket.destroy();
		}
		function release() {
			socket.off(ready, succeed);
			socket.off("error", refuse);
			socket.off("close", hangUp);
		}
	};
}
