/** Connections over a MessagePort: to a worker, to another window, or to anything else that answers frames. */

import { type Connection, SingleConnection } from "./connection.js";
import { PREFIX_BYTES } from "./descriptor.js";
import { ProtocolError } from "./errors.js";
import type { ServingOptions } from "./handlers/options.js";
import { messages } from "./intake.js";
import type { Layer, LayerEvents, MakeIntake } from "./layer.js";
import { isBytes } from "./realm.js";
import type { ConnectionOptions } from "./wire.js";

/** A MessagePort of any platform: what posts messages and receives them. */
export interface PortLike {
	postMessage(message: unknown, transfer: ArrayBuffer[]): void;
	addEventListener(
		type: "message" | "messageerror" | "close",
		listener: (event: { readonly data?: unknown }) => void,
	): void;
	start?(): void;
	close?(): void;
}

/**
 * Returns a connection over `port`, which then belongs to the connection. A message is a frame without its length, as on a
 * WebSocket; `null` is the end. A port cannot be paused: only `maxStreamBytes` bounds what waits for a slow reader.
 *
 * @throws StatusError InvalidArgument for a limit that makes no sense.
 */
export function connectPort(
	port: PortLike,
	options: ConnectionOptions & ServingOptions = {},
): Connection {
	return new SingleConnection(new PortLayer(port), options);
}

class PortLayer implements Layer {
	readonly peer = "message port";
	readonly intake: MakeIntake = messages;
	/** Messages are sent at once. */
	readonly unsentBytes = 0;
	private readonly port: PortLike;
	private closed = false;

	constructor(port: PortLike) {
		this.port = port;
	}

	send(frame: Uint8Array): void {
		if (!this.closed) {
			// A copy: the whole memory that the frame lies in would be transferred with it.
			const message = frame.slice(PREFIX_BYTES);
			this.port.postMessage(message, [message.buffer as ArrayBuffer]);
		}
	}

	start(events: LayerEvents): void {
		const { port } = this;
		let over = false;
		const end = (cause: Error) => {
			if (!over) {
				over = true;
				events.ended(cause);
			}
		};
		port.addEventListener("message", ({ data }) => {
			if (over || this.closed) {
				return;
			}
			if (isBytes(data)) {
				events.received(data);
			} else if (data === null) {
				end(new Error("the peer closed the connection"));
			} else {
				end(new ProtocolError(`message of type ${typeof data}`));
			}
		});
		port.addEventListener("messageerror", () =>
			end(new ProtocolError("message that cannot be read")),
		);
		port.addEventListener("close", () => end(new Error("the port was closed")));
		port.start?.();
	}

	close(): Promise<void> {
		if (!this.closed) {
			this.closed = true;
			this.port.postMessage(null, []);
			this.port.close?.();
		}
		return Promise.resolve();
	}
}
