import type { Connection } from "../connection.js";
import type { RapaceError } from "../errors.js";
import type { ServedCall } from "../served-call.js";
import { openTunnel, type Tunnel } from "../tunnel.js";
import type { Entry } from "./table.js";

/** The state of a call of the peer. */
export class Served implements ServedCall {
	readonly entry: Entry;
	readonly channel: number;
	/** A notification is run, and nothing is answered. */
	readonly silent: boolean;
	/** The size of the request's payload, in bytes. */
	readonly bytes: number;
	readonly connection: Connection;
	/** The caller has its answer, or does not want one any more. */
	over = false;
	/** The handler has returned or failed. */
	settled = false;
	/** Ends the wait for room. */
	resume: (() => void) | undefined;
	/** Closes the handler's generator. */
	closeItems: (() => void) | undefined;
	#controller: AbortController | undefined;
	#cause: RapaceError | undefined;

	constructor(
		connection: Connection,
		entry: Entry,
		channel: number,
		silent: boolean,
		bytes: number,
	) {
		this.connection = connection;
		this.entry = entry;
		this.channel = channel;
		this.silent = silent;
		this.bytes = bytes;
	}

	get method(): string {
		return this.entry.name;
	}

	get peer(): string {
		return this.connection.peer;
	}

	/** Made when it is asked for: most handlers do not use it, and it costs more than the rest of a call. */
	get signal(): AbortSignal {
		if (this.#controller === undefined) {
			this.#controller = new AbortController();
			if (this.#cause !== undefined) {
				this.#controller.abort(this.#cause);
			}
		}
		return this.#controller.signal;
	}

	openTunnel(): Tunnel {
		return openTunnel(this.connection);
	}

	/** Tells the handler that nobody wants its answer. */
	cancel(cause: RapaceError): void {
		this.#cause = cause;
		this.#controller?.abort(cause);
		this.resume?.();
		this.closeItems?.();
	}
}
