/** Connections over a MessagePort: to a worker, to another window, wherever somebody answers at the other end. */

import {
	type Connection,
	type ConnectionOptions,
	SingleConnection,
} from "./connection.js";
import { ProtocolError } from "./errors.js";
import { PREFIX_BYTES } from "./frame.js";
import { type MakeIntake, messages } from "./intake.js";
import { isBytes } from "./realm.js";
import type { Transport, TransportEvents } from "./transport.js";

/** A MessagePort, whatever the platform: what it takes to post messages and to hear of them. */
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
 * A connection over `port`, which is this connection's from now on. A message is a frame without its length, as with a
 * WebSocket; `null` is the end. A port cannot be told to wait: for a slow reader of a stream only `maxStreamBytes` holds.
 *
 * @throws StatusError InvalidArgument for a limit that makes no sense.
 */
export function connectPort(
	port: PortLike,
	options: ConnectionOptions = {},
): Connection {
	return new SingleConnection(new PortTransport(port), options);
}

class PortTransport implements Transport {
	readonly peer = "message port";
	readonly intake: MakeIntake = messages;
	readonly delaysAcknowledgements = false;
	/** What is posted is on its way. */
	readonly unsentBytes = 0;
	private readonly port: PortLike;
	private closed = false;

	constructor(port: PortLike) {
		this.port = port;
	}

	send(frame: Uint8Array): void {
		if (!this.closed) {
			// A copy, or all memory that the frame is in would travel with it.
			const message = frame.slice(PREFIX_BYTES);
			this.port.postMessage(message, [message.buffer as ArrayBuffer]);
		}
	}

	start(events: TransportEvents): void {
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
