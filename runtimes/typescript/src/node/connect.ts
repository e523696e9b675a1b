import { connect as netConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";

import { type ConnectOptions, establish, type Opener } from "../connect.js";
import type { Connection } from "../connection.js";
import { parseAddress, type SocketAddress } from "./address.js";
import { SocketTransport } from "./socket.js";
import { checked, type TlsOptions } from "./tls.js";
import { openWebSocket } from "./websocket.js";

/** What {@link connect} may be told. */
export interface NodeConnectOptions extends ConnectOptions {
	/** For `tls://` and `wss://`: certificates, and whatever else Node takes. The server's certificate is always checked. */
	readonly tls?: TlsOptions | undefined;
}

/**
 * Connects to a server at `tcp://host:port`, `tls://host:port`, `unix:///path`, `ws://host[:port][/path]` or `wss://…`.
 *
 * @throws ConnectionError when it cannot be reached, or its certificate is not good; StatusError `DeadlineExceeded`,
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
			: openWebSocket(address, target, options);
	return await establish(address, options, open);
}

function openSocket(
	address: string,
	target: SocketAddress,
	options: NodeConnectOptions,
): Opener {
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
			opened(new SocketTransport(socket, address, target.scheme !== "unix"));
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
			// The socket may still report what it was about to.
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
