import type { ClientRequest } from "node:http";

import type { OpenLayer } from "../connect.js";
import { StatusError } from "../errors.js";
import { MAX_FRAME_BYTES, MAX_INFORMATIONAL_RESPONSES } from "../limits.js";
import { openWebSocket, type WebSocketLike } from "../websocket.js";
import type { WebAddress } from "./address.js";
import type { NodeConnectOptions } from "./options.js";
import { checked } from "./tls.js";

type Constructor = new (address: string, options?: object) => WebSocketLike;

/** Ends a request to which the server sends only informational responses, such as `100 Continue`. */
function endImpatiently(request: ClientRequest): void {
	let seen = 0;
	request.on("information", ({ statusCode }) => {
		if (++seen > MAX_INFORMATIONAL_RESPONSES) {
			const what = `the server answered ${seen} times with status ${statusCode}, which means nothing yet`;
			request.destroy(new Error(what));
		}
	});
	request.end();
}

/** The package `ws`, which some platforms and bundlers import as a CommonJS module. */
interface Package {
	readonly WebSocket?: Constructor;
	readonly default?: Package;
}

/**
 * Opens a WebSocket of the package `ws`, which checks the length of a message before it holds it, can be paused, and accepts
 * certificates. Without the package it opens the platform's own WebSocket, if there is one.
 */
export function openNodeWebSocket(
	address: string,
	{ scheme, host }: WebAddress,
	options: NodeConnectOptions,
): OpenLayer {
	return (opened, failed) => {
		let abandon: (() => void) | undefined;
		let over = false;
		load(options).then(
			({ WebSocket, ours }) => {
				if (over) {
					return;
				}
				const make = () => new WebSocket(address, ours);
				abandon = openWebSocket(address, make)(opened, failed);
			},
			(error: unknown) => {
				if (!over) {
					failed(error);
				}
			},
		);
		return () => {
			over = true;
			abandon?.();
		};
	};

	async function load({
		WebSocket: given,
		tls,
	}: NodeConnectOptions): Promise<{ WebSocket: Constructor; ours?: object }> {
		const needed = tls !== undefined;
		// Of the given class, that of `ws` alone takes options.
		if (given && !needed && !("terminate" in (given.prototype as object))) {
			return { WebSocket: given as Constructor };
		}
		try {
			// Bundlers find the package by the literal. The compiler must not, and `try` handles its absence: the package is an
			// optional dependency.
			const found: Package = given
				? { WebSocket: given as Constructor }
				: await import("ws" as string);
			const WebSocket = found.WebSocket ?? found.default?.WebSocket;
			if (WebSocket === undefined) {
				throw new TypeError(
					"the package `ws` has no WebSocket: it is the one for browsers",
				);
			}
			return {
				WebSocket,
				ours: {
					finishRequest: endImpatiently,
					perMessageDeflate: false,
					maxPayload: options.maxFrameBytes ?? MAX_FRAME_BYTES,
					...(scheme === "wss" ? checked(host, options.tls) : {}),
				},
			};
		} catch (cause) {
			const { WebSocket } = globalThis as unknown as {
				WebSocket?: Constructor;
			};
			if (WebSocket === undefined || needed) {
				const what =
					"WebSockets of Node need the package `ws` here: run `npm install ws`, and where this package is a link, pass its class: connect(address, { WebSocket })";
				throw new StatusError("FailedPrecondition", what, false, "", cause);
			}
			return { WebSocket };
		}
	}
}
