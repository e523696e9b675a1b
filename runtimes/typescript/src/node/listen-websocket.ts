import {
	createServer,
	type Server as HttpServer,
	type IncomingMessage,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";

import { StatusError } from "../errors.js";
import type { Host } from "../host.js";
import { MAX_FRAME_BYTES } from "../limits.js";
import { quote } from "../quote.js";
import { WebSocketLayer, type WebSocketLike } from "../websocket.js";
import type { ListenAddress } from "./address.js";
import { addressOf, admitted, opened, reportErrors } from "./listen-socket.js";
import type { Listening, ListenOptions } from "./options.js";
import { nameOf } from "./socket.js";

/** What the package `ws` has for servers. */
interface Handshakes {
	handleUpgrade(
		request: IncomingMessage,
		socket: Socket,
		head: Buffer,
		done: (socket: WebSocketLike) => void,
	): void;
}
type MakeHandshakes = new (options: object) => Handshakes;
interface Package {
	readonly WebSocketServer?: MakeHandshakes;
	readonly default?: Package;
}

/** Listens for WebSockets: each binary message is a frame. */
export async function listenForWebSockets(
	host: Host,
	target: ListenAddress,
	options: ListenOptions,
): Promise<Listening> {
	const WebSocketServer = await load();
	const handshakes = new WebSocketServer({
		noServer: true,
		perMessageDeflate: false,
		maxPayload: host.options.maxFrameBytes ?? MAX_FRAME_BYTES,
	});
	const server: HttpServer =
		target.scheme === "wss"
			? createSecureServer({
					handshakeTimeout: host.handshakeTimeoutMs,
					...options.tls,
				})
			: createServer();
	const path = "path" in target ? target.path : "";
	const places = watchHandshakes(server, host);
	server.on("request", (_request, response) => {
		response.writeHead(426, { Connection: "close", Upgrade: "websocket" });
		response.end("this address serves WebSockets\n");
	});
	server.on("upgrade", (request, stream, head) => {
		const socket = stream as Socket;
		const refusal = refusalOf(request, path, options.origins);
		if (refusal !== undefined) {
			socket.end(
				`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
			);
			return;
		}
		const peer = `${target.scheme}://${nameOf(socket)}`;
		handshakes.handleUpgrade(request, socket, head, (opened) => {
			places.opened(socket);
			// A peer that has ended reads nothing that it was not sent yet: a close handshake could only wait for it.
			socket.once("end", () => opened.terminate?.());
			opened.binaryType = "arraybuffer";
			host.serve(new WebSocketLayer(opened, peer));
		});
	});
	await opened(server, target, undefined);
	reportErrors(server, host);
	return {
		address: addressOf(server, target),
		close: () => {
			server.close();
			places.close();
			return Promise.resolve();
		},
	};
}

/** Ends the sockets whose handshake takes too long, and takes places for all. */
function watchHandshakes(server: HttpServer, host: Host) {
	const waiting = new Map<string, Socket>();
	server.on("connection", (raw: Socket) => {
		const leave = admitted(host, raw);
		if (leave === undefined) {
			return;
		}
		const name = nameOf(raw);
		waiting.set(name, raw);
		const timer = setTimeout(() => {
			if (waiting.get(name) === raw) {
				host.warn(`the handshake of ${name} took too long`);
				raw.destroy();
			}
		}, host.handshakeTimeoutMs);
		raw.once("close", () => {
			clearTimeout(timer);
			if (waiting.get(name) === raw) {
				waiting.delete(name);
			}
			leave();
		});
	});
	// Of TLS too.
	server.on("clientError", (error, socket) => {
		host.warn(
			`the handshake of ${nameOf(socket as Socket)} failed: ${quote(error.message.trim())}`,
		);
		socket.destroy();
	});
	return {
		/** The handshake is over. A socket of TLS has the name of the one below it. */
		opened: (socket: Socket) => waiting.delete(nameOf(socket)),
		close: () => {
			for (const socket of waiting.values()) {
				socket.destroy();
			}
		},
	};
}

/** The status line of a handshake that is refused. */
function refusalOf(
	{ url = "/", headers }: IncomingMessage,
	path: string,
	origins: readonly string[] | undefined,
): string | undefined {
	if (path !== "" && path !== "/" && url.replace(/\?.*/s, "") !== path) {
		return "404 Not Found";
	}
	const { origin } = headers;
	if (
		origins !== undefined &&
		origin !== undefined &&
		!origins.includes(origin)
	) {
		return "403 Forbidden";
	}
	return undefined;
}

async function load(): Promise<MakeHandshakes> {
	let cause: unknown;
	try {
		const found: Package = await import("ws" as string);
		const made = found.WebSocketServer ?? found.default?.WebSocketServer;
		if (made !== undefined) {
			return made;
		}
	} catch (error) {
		cause = error;
	}
	const what =
		"a host needs the package `ws` for WebSockets: install it beside this one, with `npm install ws`";
	throw new StatusError("FailedPrecondition", what, false, "", cause);
}
