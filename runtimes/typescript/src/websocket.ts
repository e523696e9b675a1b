import { type OpenLayer, shown } from "./connect.js";
import { PREFIX_BYTES } from "./descriptor.js";
import { ProtocolError, StatusError } from "./errors.js";
import { messages } from "./intake.js";
import type { Layer, LayerEvents, MakeIntake } from "./layer.js";
import { CLOSE_TIMEOUT_MS } from "./limits.js";
import { quote } from "./quote.js";

/** How often a WebSocket is asked whether it has sent its messages, in milliseconds, while a call waits for room. */
const POLL_MS = 5;

/** Close code: no error. */
const NORMAL = 1000;

/** Close code: text messages are not accepted. Browsers reserve that code; there the code is 4003. */
const NO_TEXT = 1003;
const NO_TEXT_OF_BROWSERS = 4003;

/** `readyState` of a WebSocket that accepts messages. */
const OPEN = 1;

/** A WebSocket of a browser, or of the package `ws`, which can do more. */
export interface WebSocketLike {
	binaryType: string;
	readonly readyState: number;
	/** Absent in Cloudflare Workers, where messages are sent at once. */
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

/** Opens the WebSocket that `make` makes. */
export function openWebSocket(
	address: string,
	make: () => WebSocketLike,
): OpenLayer {
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
					"",
					error,
				),
			);
			return () => {};
		}
		socket.binaryType = "arraybuffer";
		socket.onopen = () => opened(new WebSocketLayer(socket, shown(address)));
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

/** An open WebSocket as a layer: a message is a frame without its length. */
export class WebSocketLayer implements Layer {
	readonly peer: string;
	readonly intake: MakeIntake = messages;
	readonly #socket: WebSocketLike;
	#events: LayerEvents | undefined;
	#polling = false;
	readonly #closed: Promise<void>;
	#resolveClosed!: () => void;

	/** Takes ownership of the socket. */
	constructor(socket: WebSocketLike, peer: string) {
		this.#socket = socket;
		this.peer = peer;
		this.#closed = new Promise((resolve) => {
			this.#resolveClosed = resolve;
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

	start(events: LayerEvents): void {
		const socket = this.#socket;
		let cause: unknown;
		this.#events = events;
		socket.onmessage = ({ data }) => {
			// An ArrayBuffer, possibly of another realm.
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
			// How `ws` reports a peer that breaks the protocol.
			if (code.startsWith("WS_ERR_")) {
				events.ended(new ProtocolError(message));
			}
		};
		socket.onclose = ({ code, reason }) => {
			this.#resolveClosed();
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

	/** A WebSocket does not report when it has sent. */
	awaitSent(): void {
		if (!this.#polling) {
			this.#polling = true;
			setTimeout(() => {
				this.#polling = false;
				this.#events?.sent();
			}, POLL_MS);
		}
	}

	close(): Promise<void> {
		const socket = this.#socket;
		// A paused socket would not read the peer's close frame.
		this.pause(false);
		socket.close(NORMAL);
		const timer = setTimeout(() => {
			socket.terminate?.();
			this.#resolveClosed();
		}, CLOSE_TIMEOUT_MS);
		return this.#closed.then(() => clearTimeout(timer));
	}
}
