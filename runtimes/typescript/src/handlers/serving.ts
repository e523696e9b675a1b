/** The calls of the peer on one connection: which run, what they may cost, and what answers them. */

import { limit } from "../check.js";
import type { Connection } from "../connection.js";
import { DATA, EOS, NO_REPLY } from "../descriptor.js";
import {
	type Code,
	type ConnectionError,
	isForCaller,
	isRapaceError,
	ProtocolError,
	type RapaceError,
	StatusError,
} from "../errors.js";
import type { Interceptor } from "../interceptors.js";
import type { Layer } from "../layer.js";
import {
	LOGGED_REFUSALS,
	MAX_SERVED_BYTES,
	MAX_SERVED_CALLS,
	MAX_UNSENT_BYTES,
} from "../limits.js";
import { errorFrame, sealAnswer } from "../session/served.js";
import { NEVER } from "../time.js";
import type { ConnectionOptions, Serving, Wire } from "../wire.js";
import { failureOf, frameLength, isTooLong, textOf } from "./failures.js";
import { runIntercepted } from "./intercepted.js";
import type { ServingLogger, ServingOptions } from "./options.js";
import { Requests } from "./requests.js";
import { Served } from "./served.js";
import { type ItemSink, sendItems } from "./stream.js";
import type { Entry, Table } from "./table.js";

/** A call was cancelled: by its caller, or by a host that closes. */
function cancelled(): StatusError {
	return new StatusError("Cancelled", "cancelled");
}

/** The served calls of a wire. */
export class ServedCalls implements Serving, ItemSink {
	readonly #wire: Wire;
	readonly #layer: Layer;
	readonly #maxUnsentBytes: number;
	readonly #connection: Connection;
	readonly #interceptors: readonly Interceptor[] | undefined;
	readonly #errorTexts: boolean;
	readonly logger: ServingLogger;
	readonly #requests: Requests;
	/** The calls that wait for room, in order. */
	readonly #waiting = new Set<Served>();
	/** The calls that are over, and whose handlers still run. */
	readonly unsettled: Set<Served> = new Set<Served>();
	/** Called when calls have ended or bytes were sent. */
	onProgress: (() => void) | undefined;
	/** When something happened here last, in milliseconds of `performance.now()`, once a host watches. */
	lastActive: number | undefined;
	/** How many refusals were logged. */
	#logged = 0;
	/** The bytes of refusals since there was room last. */
	#refusedBytes = 0;

	/**
	 * Serves the table's methods on a wire.
	 *
	 * @throws StatusError InvalidArgument for a limit that makes no sense.
	 */
	constructor(
		wire: Wire,
		layer: Layer,
		table: Table,
		options: ConnectionOptions & ServingOptions,
	) {
		this.#wire = wire;
		this.#layer = layer;
		this.#maxUnsentBytes = limit(options, "maxUnsentBytes", MAX_UNSENT_BYTES);
		// Every wire that serves is one.
		this.#connection = wire as unknown as Connection;
		const { interceptors = [], errorTexts = false, logger = console } = options;
		this.#interceptors = interceptors.length > 0 ? interceptors : undefined;
		this.#errorTexts = errorTexts;
		this.logger = logger;
		this.#requests = new Requests(wire.session, table, {
			maxCalls: limit(options, "maxServedCalls", MAX_SERVED_CALLS),
			maxBytes: limit(options, "maxServedBytes", MAX_SERVED_BYTES),
			begin: (entry, channel, flags, memory, start, end) =>
				this.#begin(entry, channel, flags, memory, start, end),
			refuse: (channel, flags, code, what) =>
				this.#refuse(channel, flags, code, what),
			cancel: (call, answered) => this.#cancel(call, cancelled(), answered),
		});
	}

	get running(): number {
		return this.#requests.running;
	}

	/** Whether nothing runs, and every answer was handed to the system. */
	get drained(): boolean {
		if (this.running === 0 && this.#layer.unsentBytes > 0) {
			this.#layer.awaitSent?.();
		}
		const over = this.#wire.session.error !== undefined;
		return this.running === 0 && (over || this.#layer.unsentBytes === 0);
	}

	/** Makes {@link lastActive} current from now on: reading a clock has a cost. */
	watch(): void {
		this.lastActive = performance.now();
	}

	touch(): void {
		if (this.lastActive !== undefined) {
			this.lastActive = performance.now();
		}
	}

	/** Refuses every new call from now on: the host is closing. */
	drain(): void {
		this.#requests.draining = true;
	}

	/** Cancels every call, and tells their callers. */
	cancelAll(): void {
		for (const call of this.#requests.calls()) {
			this.#cancel(call, cancelled(), true);
		}
	}

	sent(): void {
		for (const call of this.#waiting) {
			if (!this.#hasRoom()) {
				this.#layer.awaitSent?.();
				break;
			}
			call.resume?.();
		}
		if (this.#hasRoom()) {
			this.#refusedBytes = 0;
		}
		this.onProgress?.();
	}

	end(error: ConnectionError): void {
		for (const call of this.#requests.calls()) {
			this.#cancel(call, error, false);
		}
		this.onProgress?.();
	}

	/** Begins a call: reads its arguments and runs the handler. */
	#begin(
		entry: Entry,
		channel: number,
		flags: number,
		memory: Uint8Array,
		start: number,
		end: number,
	): void {
		const silent = channel === 0 && (flags & NO_REPLY) !== 0;
		let values: unknown[];
		try {
			values = this.#decode(entry, memory, start, end);
		} catch (error) {
			const what = `cannot read the arguments of ${entry.name}: ${textOf(error)}`;
			this.#refuse(channel, flags, "InvalidArgument", what);
			return;
		}
		const call = new Served(
			this.#connection,
			entry,
			channel,
			silent,
			end - start,
		);
		this.#requests.add(call);
		let made: unknown;
		try {
			if (this.#interceptors !== undefined) {
				made = runIntercepted(this.#interceptors, call, values);
			} else {
				values.push(call);
				made = Reflect.apply(entry.run, entry.handler, values);
			}
		} catch (error) {
			this.failed(call, error);
			return;
		}
		if (entry.form === "streaming") {
			void sendItems(call, made, this).then(() => this.#settle(call));
		} else if (isThenable(made)) {
			made.then(
				(answer) => this.#answer(call, answer),
				(error: unknown) => this.failed(call, error),
			);
		} else {
			this.#answer(call, made);
		}
	}

	#decode(
		{ method }: Entry,
		memory: Uint8Array,
		start: number,
		end: number,
	): unknown[] {
		const { session, allowTrailingBytes } = this.#wire;
		const { reader } = session;
		reader.deadline = NEVER;
		try {
			return reader.read(
				method.decodeArguments ?? noArguments,
				memory,
				start,
				end,
				undefined,
				allowTrailingBytes,
			);
		} finally {
			reader.release();
		}
	}

	/** The handler has returned its answer. */
	#answer(call: Served, answer: unknown): void {
		this.#settle(call);
		this.#whenRoom(call, () => {
			if (call.silent) {
				this.ended(call);
				return;
			}
			try {
				this.send(call, answer, DATA | EOS);
			} catch (error) {
				this.unsendable(call, answer, error);
				return;
			}
			this.ended(call);
		});
	}

	failed(call: Served, error: unknown): void {
		this.#settle(call);
		if (call.over) {
			// What a handler throws once its call is cancelled is mostly the cancellation.
			return;
		}
		const { failure } = call.entry.method;
		if (failure !== undefined && error instanceof failure) {
			this.#answer(call, error);
			return;
		}
		const name = call.method;
		let status: StatusError;
		if (isForCaller(error)) {
			status = error;
			if (call.silent) {
				this.logger.warn(`${name} failed as a notification: ${error.message}`);
			}
		} else {
			status = failureOf(name, error, this.#errorTexts);
			this.logger.error(`${name} failed`, error);
		}
		this.#whenRoom(call, () => this.#fail(call, status));
	}

	send(call: Served, value: unknown, flags: number): void {
		const { encodeAnswer } = call.entry.method;
		const empty = encodeAnswer === undefined || (flags & DATA) === 0;
		const frame = empty
			? this.#wire.session.write(nothing, [])
			: this.#wire.session.write(encodeAnswer, [value as never], call.method);
		this.#layer.send(sealAnswer(frame, call.channel, flags));
	}

	ended(call: Served): void {
		call.over = true;
		this.#requests.remove(call);
		this.touch();
		this.onProgress?.();
	}

	unsendable(call: Served, value: unknown, error: unknown): void {
		const { session } = this.#wire;
		const name = call.method;
		if (isTooLong(error)) {
			const size = frameLength(call.entry.method, value, session.maxFrameBytes);
			const what = `frame length ${size} of the answer exceeds the limit of ${session.maxFrameBytes} bytes`;
			this.logger.error(`the answer of ${name} cannot be sent: ${what}`);
			this.#fail(call, new StatusError("ResourceExhausted", what));
		} else {
			const what = `the answer of ${name} cannot be sent`;
			const why = isRapaceError(error)
				? error.message.replace(`${name}: `, "")
				: textOf(error);
			this.logger.error(`${what}: ${why}`, error);
			this.#fail(call, new StatusError("Internal", what));
		}
	}

	unclosed(call: Served, error: unknown): void {
		this.logger.error(`closing the stream of ${call.method} failed`, error);
	}

	room(call: Served): Promise<void> | undefined {
		if (this.#mayGo()) {
			return undefined;
		}
		return new Promise((resolve) => this.#wait(call, resolve));
	}

	/** Does something at once, or when there is room. Not at all once the call is over. */
	#whenRoom(call: Served, task: () => void): void {
		if (call.over) {
			return;
		}
		if (this.#mayGo()) {
			task();
			return;
		}
		this.#wait(call, () => {
			if (!call.over) {
				task();
			}
		});
	}

	#hasRoom(): boolean {
		return this.#layer.unsentBytes <= this.#maxUnsentBytes;
	}

	#mayGo(): boolean {
		return this.#waiting.size === 0 && this.#hasRoom();
	}

	#wait(call: Served, resume: () => void): void {
		this.#waiting.add(call);
		call.resume = () => {
			this.#waiting.delete(call);
			call.resume = undefined;
			resume();
		};
		this.#layer.awaitSent?.();
	}

	#settle(call: Served): void {
		call.settled = true;
		if (call.over && this.unsettled.delete(call)) {
			this.onProgress?.();
		}
	}

	/** Ends a call with an error, which its caller gets unless it is a notification. */
	#fail(call: Served, { number, detail }: StatusError): void {
		if (!call.silent) {
			this.#layer.send(errorFrame(call.channel, number, this.#cut(detail)));
		}
		this.ended(call);
	}

	/** Cancels a call, and sends its caller the error if `answered`. */
	#cancel(call: Served, cause: RapaceError, answered: boolean): void {
		this.#requests.remove(call);
		call.over = true;
		if (!call.settled) {
			this.unsettled.add(call);
		}
		if (answered && !call.silent) {
			this.#sendSmall(
				errorFrame(call.channel, cause.number, (cause as StatusError).detail),
			);
		}
		call.cancel(cause);
		this.onProgress?.();
	}

	/** Refuses a request. */
	#refuse(channel: number, flags: number, code: Code, what: string): void {
		this.#logRefusal(what);
		if (channel !== 0 || (flags & NO_REPLY) === 0) {
			const { number } = new StatusError(code, what);
			this.#sendSmall(errorFrame(channel, number, this.#cut(what)));
		}
	}

	/** Logs that a request was refused, a limited number of times. */
	#logRefusal(what: string): void {
		const { peer } = this.#wire;
		this.#logged++;
		if (this.#logged <= LOGGED_REFUSALS) {
			this.logger.warn(`refused a call of ${peer}: ${what}`);
		} else if (this.#logged === LOGGED_REFUSALS + 1) {
			this.logger.warn(`refused more calls of ${peer}, which are not logged`);
		}
	}

	/**
	 * Sends an answer that does not wait for room. Such answers are small, but a peer that only sends may cause any number of them.
	 *
	 * @throws ProtocolError when too much waits for a peer that does not read.
	 */
	#sendSmall(frame: Uint8Array): void {
		this.#layer.send(frame);
		if (this.#hasRoom()) {
			this.#refusedBytes = 0;
			return;
		}
		this.#refusedBytes += frame.length;
		if (this.#refusedBytes > this.#maxUnsentBytes) {
			throw new ProtocolError(
				`the peer does not read: ${this.#layer.unsentBytes} bytes wait to be sent, and ${this.#maxUnsentBytes} may`,
			);
		}
	}

	/** A message that a frame can hold. A character takes at most three bytes. */
	#cut(message: string): string {
		const most = Math.floor((this.#wire.session.maxFrameBytes - 256) / 3);
		return message.length > most ? message.slice(0, most) : message;
	}
}

/** Writes nothing. */
function nothing(): void {}

function noArguments(): unknown[] {
	return [];
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
	return (
		typeof value === "object" &&
		value !== null &&
		typeof (value as { then?: unknown }).then === "function"
	);
}
