import type { ClientRequest } from "node:http";

import type { Opener } from "../connect.js";
import { StatusError } from "../errors.js";
import { MAX_FRAME_BYTES } from "../frame.js";
import { opener, type WebSocketLike } from "../websocket.js";
import type { WebAddress } from "./address.js";
import type { NodeConnectOptions } from "./connect.js";
import { checked } from "./tls.js";

type Constructor = new (address: string, options?: object) => WebSocketLike;

/** Most answers without meaning, such as `100 Continue`, before the one that opens a WebSocket. */
const MAX_INFORMATION = 16;

/** Ends a request that the server answers by nothing but `100 Continue`, again and again. */
function endImpatiently(request: ClientRequest): void {
	let seen = 0;
	request.on("information", ({ statusCode }) => {
		if (++seen > MAX_INFORMATION) {
			const what = `the server answered ${seen} times with status ${statusCode}, which means nothing yet`;
			request.destroy(new Error(what));
		}
	});
	request.end();
}

/** The package `ws`, as this platform or bundler hands it over: perhaps as a module of CommonJS. */
interface Package {
	readonly WebSocket?: Constructor;
	readonly default?: Package;
}

/**
 * Opens a WebSocket of the package `ws`, which checks a message's length before it holds it, can be paused, and takes
 * certificates; without it the global one, where there is one.
 */
export function openWebSocket(
	address: string,
	{ scheme, host }: WebAddress,
	options: NodeConnectOptions,
): Opener {
	return (opened, failed) => {
		let abandon: (() => void) | undefined;
		let over = false;
		load(options.tls !== undefined).then(
			({ WebSocket, ours }) => {
				if (over) {
					return;
				}
				const make = () => new WebSocket(address, ours);
				abandon = opener(address, make)(opened, failed);
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

	async function load(
		needed: boolean,
	): Promise<{ WebSocket: Constructor; ours?: object }> {
		try {
			// A literal, by which bundlers find the package. For the compiler it is none, and inside `try` it may be missing: only
			// those who want the package install it.
			const found: Package = await import("ws" as string);
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
					"WebSockets of Node need the package `ws` here: install it beside this one, with `npm install ws`";
				throw new StatusError(
					"FailedPrecondition",
					what,
					false,
					undefined,
					cause,
				);
			}
			return { WebSocket };
		}
	}
}
