import { type Opener, shown } from "./connect.js";
import { ProtocolError, StatusError } from "./errors.js";
import { PREFIX_BYTES } from "./frame.js";
import { type MakeIntake, messages } from "./intake.js";
import { quote } from "./quote.js";
import type { Transport, TransportEvents } from "./transport.js";

/** How long a close may take, in milliseconds: the server of rapace 0.5.0 never answers one. */
const CLOSE_MS = 1000;

/** How often is asked whether what was handed to a WebSocket has left, in milliseconds, while somebody waits for it. */
const ASK_MS = 5;

/** Status of a close: nothing is wrong. */
const NORMAL = 1000;

/** Status of a close: messages of text are not taken. Browsers leave that number to themselves, and let us say 4003. */
const NO_TEXT = 1003;
const NO_TEXT_OF_BROWSERS = 4003;

/** `readyState` of a WebSocket that takes messages. */
const OPEN = 1;

/** A WebSocket as browsers have it, or as the package `ws` does, which can do more. */
export interface WebSocketLike {
	binaryType: string;
	readonly readyState: number;
	/** Not there in Cloudflare Workers: what is sent there is on its way. */
	readonly bufferedAmount?: number;
	onopen: (() => void) | null;
	onmessage: ((event: { data: unknown }) => void) | null;
	onerror: ((event: { error?: unknown; message?: string }) => void) | null;
	onclose: ((event: { code: number; reason: string }) => void) | null;
	send(data: Uint8Array): void;
	close(code?: number): void;
	pause?(): void;
	resume?(): void;
	terminate?(): void;
}

/** Opens what `make` makes. */
export function opener(address: string, make: () => WebSocketLike): Opener {
	return (opened, failed) => {
		let cause: unknown;
		let socket: WebSocketLike;
		try {
			socket = make();
		} catch (error) {
			failed(
				new StatusError(
					"InvalidArgument",
					`cannot open a WebSocket to ${JSON.stringify(shown(address))}`,
					false,
					undefined,
					error,
				),
			);
			return () => {};
		}
		socket.binaryType = "arraybuffer";
		socket.onopen = () =>
			opened(new WebSocketTransport(socket, shown(address)));
		socket.onerror = ({ error, message }) => {
			cause = error ?? (message ? new Error(message) : undefined);
		};
		socket.onclose = ({ code }) => {
			failed(cause ?? new Error(`the WebSocket was closed with code ${code}`));
		};
		return () => {
			socket.onopen = null;
			socket.onclose = null;
			socket.close();
		};
	};
}

/** An open WebSocket as a transport: a message is a frame without its length. */
export class WebSocketTransport implements Transport {
	readonly peer: string;
	readonly intake: MakeIntake = messages;
	readonly delaysAcknowledgements = false;
	readonly #socket: WebSocketLike;
	#events: TransportEvents | undefined;
	#asking = false;
	readonly #gone: Promise<void>;
	#left!: () => void;

	/** Takes the socket over. */
	constructor(socket: WebSocketLike, peer: string) {
		this.#socket = socket;
		this.peer = peer;
		this.#gone = new Promise((resolve) => {
			this.#left = resolve;
		});
	}

	get ending(): boolean {
		return this.#socket.readyState !== OPEN;
	}

	get unsentBytes(): number {
		return this.#socket.bufferedAmount ?? 0;
	}

	send(frame: Uint8Array): void {
		this.#socket.send(frame.subarray(PREFIX_BYTES));
	}

	start(events: TransportEvents): void {
		const socket = this.#socket;
		let cause: unknown;
		this.#events = events;
		socket.onmessage = ({ data }) => {
			// An ArrayBuffer, of whatever realm.
			if (typeof data !== "string") {
				events.received(new Uint8Array(data as ArrayBuffer));
			} else {
				socket.close(socket.terminate ? NO_TEXT : NO_TEXT_OF_BROWSERS);
				events.ended(new ProtocolError("message of text"));
			}
		};
		socket.onerror = ({ error }) => {
			cause = error;
			const { code = "", message = "" } = (error ?? {}) as {
				code?: string;
				message?: string;
			};
			// What `ws` says of a peer that breaks the protocol.
			if (code.startsWith("WS_ERR_")) {
				events.ended(new ProtocolError(message));
			}
		};
		socket.onclose = ({ code, reason }) => {
			this.#left();
			const why = reason === "" ? "" : `: ${quote(reason)}`;
			events.ended(
				cause ??
					new Error(`the peer closed the WebSocket with code ${code}${why}`),
			);
		};
	}

	pause(stop: boolean): void {
		if (stop) {
			this.#socket.pause?.();
		} else {
			this.#socket.resume?.();
		}
	}

	/** A WebSocket does not say when it has sent. */
	awaitSent(): void {
		if (!this.#asking) {
			this.#asking = true;
			setTimeout(() => {
				this.#asking = false;
				this.#events?.sent();
			}, ASK_MS);
		}
	}

	close(): Promise<void> {
		const socket = this.#socket;
		// What arrives meanwhile is read, or the peer's answer would not be.
		this.pause(false);
		socket.close(NORMAL);
		const timer = setTimeout(() => {
			socket.terminate?.();
			this.#left();
		}, CLOSE_MS);
		return this.#gone.then(() => clearTimeout(timer));
	}
}
