/** Which requests of the peer run, and why the others do not. */

import {
	CANCEL_CHANNEL,
	CONTROL,
	DATA,
	EOS,
	ERROR,
	NO_REPLY,
} from "../descriptor.js";
import type { Code } from "../errors.js";
import type { OnFrame } from "../frame.js";
import { cancelledChannel } from "../session/cancel.js";
import type { Session } from "../session.js";
import type { Served } from "./served.js";
import type { Entry, Table } from "./table.js";

/** What becomes of requests. */
export interface RequestRules {
	/** Most calls that run at once. */
	readonly maxCalls: number;
	/** Most bytes of their requests. */
	readonly maxBytes: number;
	/** Begins a call, whose payload lies in `memory` from `start` to `end`. */
	begin(
		entry: Entry,
		channel: number,
		flags: number,
		memory: Uint8Array,
		start: number,
		end: number,
	): void;
	/** Refuses a request. */
	refuse(channel: number, flags: number, code: Code, what: string): void;
	/** Cancels a call. The peer gets an error for it if `answered`. */
	cancel(call: Served, answered: boolean): void;
}

/** The requests of a session's peer. It sees each frame before the side of our own calls does. */
export class Requests {
	/** True when the host is closing. */
	draining = false;
	readonly #session: Session;
	readonly #table: Table;
	readonly #rules: RequestRules;
	/** The calls that run, by channel. */
	readonly #running = new Map<number, Served>();
	/** Those on channel 0, which may be many. */
	readonly #unnumbered = new Set<Served>();
	#bytes = 0;

	constructor(session: Session, table: Table, rules: RequestRules) {
		this.#session = session;
		this.#table = table;
		this.#rules = rules;
		const { dispatch } = session;
		session.dispatch = (channel, method, flags, memory, start, end) => {
			if ((flags & CONTROL) !== 0) {
				if (channel === 0 && method === CANCEL_CHANNEL) {
					this.#cancel(cancelledChannel(memory, start, end));
				}
			} else if (this.#isRequest(channel, method, flags)) {
				this.#request(channel, method, flags, memory, start, end);
			} else if (!this.#isRest(channel)) {
				dispatch(channel, method, flags, memory, start, end);
			}
		};
	}

	/** How many calls run. */
	get running(): number {
		return this.#running.size + this.#unnumbered.size;
	}

	/** The calls that run. */
	calls(): Served[] {
		return [...this.#running.values(), ...this.#unnumbered];
	}

	/** A call runs. */
	add(call: Served): void {
		this.#bytes += call.bytes;
		if (call.channel === 0) {
			this.#unnumbered.add(call);
		} else {
			this.#running.set(call.channel, call);
		}
	}

	/** A call is over. */
	remove(call: Served): void {
		const removed =
			call.channel === 0
				? this.#unnumbered.delete(call)
				: this.#running.delete(call.channel);
		if (removed) {
			this.#bytes -= call.bytes;
		}
	}

	/** Reports whether a frame is a request, and not an answer to a call of ours or the rest of an older request. */
	#isRequest(channel: number, method: number, flags: number): boolean {
		const { exchanges, channels } = this.#session;
		return (
			method !== 0 &&
			(flags & (DATA | ERROR)) === DATA &&
			(channel === 0 ||
				!(exchanges.has(channel) || channels.abandoned.has(channel)))
		);
	}

	/** Drops what follows a request that has ended, on its channel: it is no data of a tunnel. */
	#isRest(channel: number): boolean {
		const rest =
			this.#running.has(channel) &&
			!this.#session.channels.abandoned.has(channel);
		if (rest) {
			this.#session.dropped++;
		}
		return rest;
	}

	#request(
		...[channel, method, flags, memory, start, end]: Parameters<OnFrame>
	): void {
		const rules = this.#rules;
		const { channels } = this.#session;
		if (channel !== 0) {
			if (channels.owns(channel)) {
				const parity = channel % 2 === 0 ? "odd" : "even";
				const what = `channel ${channel} belongs to this side: the peer must open ${parity} channels`;
				rules.refuse(channel, flags, "FailedPrecondition", what);
				return;
			}
			if ((flags & EOS) === 0) {
				// The rest of the request is dropped until its end arrives.
				channels.abandon(channel);
			}
			const busy = this.#running.get(channel);
			if (busy !== undefined) {
				rules.cancel(busy, false);
				const what = `channel ${channel} carries a call already`;
				rules.refuse(channel, flags, "FailedPrecondition", what);
				return;
			}
		}
		const entry = this.#table.entries.get(method);
		const refusal = this.#refusal(entry, channel, method, flags, end - start);
		if (refusal !== undefined) {
			rules.refuse(channel, flags, ...refusal);
		} else if (entry !== undefined) {
			rules.begin(entry, channel, flags, memory, start, end);
		}
	}

	/** Why a request is not run; nothing when it is. */
	#refusal(
		entry: Entry | undefined,
		channel: number,
		method: number,
		flags: number,
		size: number,
	): [Code, string] | undefined {
		if (this.draining) {
			return ["Unavailable", "the host is shutting down"];
		}
		if (entry === undefined) {
			const id = method.toString(16).padStart(8, "0");
			const what = `no method has the id 0x${id}; services here: ${this.#table.services}`;
			return ["Unimplemented", what];
		}
		const silent = (flags & NO_REPLY) !== 0;
		if (entry.form === "streaming" && !silent) {
			return ["InvalidArgument", "streaming request missing NO_REPLY flag"];
		}
		if (entry.form === "streaming" && channel === 0) {
			return [
				"InvalidArgument",
				`${entry.name} answers with a stream; it was called as a notification`,
			];
		}
		if (entry.form === "unary" && silent && channel !== 0) {
			return [
				"InvalidArgument",
				`${entry.name} answers once; it was called as a stream`,
			];
		}
		const { running } = this;
		const { maxCalls, maxBytes } = this.#rules;
		if (running >= maxCalls) {
			return [
				"ResourceExhausted",
				`${running} calls run on this connection already`,
			];
		}
		if (running > 0 && this.#bytes + size > maxBytes) {
			return [
				"ResourceExhausted",
				`requests of ${this.#bytes} bytes run on this connection already, the limit is ${maxBytes}`,
			];
		}
		return undefined;
	}

	#cancel(channel: number | undefined): void {
		const call = this.#running.get(channel ?? 0);
		if (call !== undefined) {
			this.#rules.cancel(call, true);
		}
	}
}
