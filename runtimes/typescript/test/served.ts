/** What tests of handlers share: the service of `support` as handlers have it, and a peer that sends bytes to a host. */

import { once } from "node:events";
import { connect as netConnect, type Socket } from "node:net";
import { after } from "node:test";

import {
	type Awaitable,
	decodeString,
	encodeString,
	type HandledService,
	type Method,
	type ServedCall,
	servedStreaming,
	servedUnary,
} from "../src/codegen.js";
import {
	createHost,
	type Handler,
	type Host,
	type HostOptions,
	listen,
	serve,
} from "../src/node.js";
import {
	DATA,
	Echo,
	type EchoClient,
	EOS,
	frame,
	type Request,
	requests,
} from "./support.js";

export const ECHO = 0x11111111;
export const NOTHING = 0x22222222;
export const COUNT = 0x33333333;
export const BEATS = 0x44444444;
/** The flags of requests. */
export const UNARY: number = DATA | EOS;
export const STREAM: number = DATA | EOS | 0x100;

export interface EchoHandler {
	echo(text: string, call: ServedCall): Awaitable<string>;
	nothing(call: ServedCall): Awaitable<void>;
	count(to: number, call: ServedCall): AsyncIterable<number>;
	beats(call: ServedCall): AsyncIterable<undefined>;
}

const { echo, nothing, count, beats } = Echo as {
	[Name in keyof EchoClient]: Method<EchoClient[Name]>;
};

export const ServedEcho: HandledService<EchoClient, EchoHandler> = {
	echo: {
		...echo,
		answers: servedUnary,
		decodeArguments(r) {
			return [decodeString(r, "text")];
		},
		encodeAnswer(w, v) {
			encodeString(w, v, "");
		},
	},
	nothing: { ...nothing, answers: servedUnary },
	count: {
		...count,
		answers: servedStreaming,
		decodeArguments(r) {
			return [r.u32("to")];
		},
		encodeAnswer(w, v) {
			w.u32(v, "");
		},
	},
	beats: { ...beats, answers: servedStreaming },
};

/** A handler that does what clients of `Echo` expect, unless `behaviour` says otherwise. */
export function echoing(behaviour: Partial<EchoHandler> = {}): Handler {
	return serve(ServedEcho, {
		echo: (text) => text,
		nothing() {},
		async *count(to) {
			for (let i = 0; i < to; i++) {
				yield i;
			}
		},
		async *beats() {
			yield undefined;
		},
		...behaviour,
	});
}

/** A log that keeps its lines. */
export class Log {
	readonly lines: string[] = [];
	readonly causes: unknown[] = [];
	#wake = () => {};

	warn(line: string): void {
		this.lines.push(`warn: ${line}`);
		this.#wake();
	}

	error(line: string, cause?: unknown): void {
		this.lines.push(`error: ${line}`);
		this.causes.push(cause);
		this.#wake();
	}

	/** Resolves when so many lines were written. */
	async until(count: number): Promise<readonly string[]> {
		while (this.lines.length < count) {
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
		return this.lines;
	}
}

/** A peer of raw bytes. */
export class RawPeer {
	readonly socket: Socket;
	readonly seen: Request[] = [];
	/** Resolves when the socket is closed. */
	readonly closed: Promise<unknown>;
	#rest: Uint8Array = new Uint8Array(0);
	#wake = () => {};
	#taken = 0;

	constructor(socket: Socket) {
		this.socket = socket;
		this.closed = new Promise((resolve) => socket.once("close", resolve));
		socket.setNoDelay(true);
		socket.on("error", () => {});
		socket.on("data", (chunk: Buffer) => {
			const [found, rest] = requests(Buffer.concat([this.#rest, chunk]));
			this.#rest = rest;
			// Control frames acknowledge.
			this.seen.push(...found.filter(({ flags }) => (flags & 2) === 0));
			this.#wake();
		});
	}

	send(...frames: Uint8Array[]): this {
		this.socket.write(Buffer.concat(frames));
		return this;
	}

	/** The next frames, as soon as there are so many. */
	async next(count = 1): Promise<Request[]> {
		while (this.seen.length < this.#taken + count) {
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
		this.#taken += count;
		return this.seen.slice(this.#taken - count, this.#taken);
	}

	/** The next frames as texts: see {@link told}. */
	async told(count = 1): Promise<string[]> {
		return (await this.next(count)).map(told);
	}
}

/** A frame of a host in a line: its channel, its flags, and its payload or what its error says. */
export function told({
	channel,
	method,
	messageId,
	flags,
	payload,
}: Request): string {
	const ids = method === 0 && messageId === 0n ? "" : ` (${messageId})`;
	if ((flags & 0x10) !== 0) {
		const { buffer, byteOffset } = payload;
		const code = new DataView(buffer, byteOffset).getUint32(0, true);
		const text = new TextDecoder().decode(payload.subarray(8));
		return `${channel}${ids} error ${code}: ${text}`;
	}
	const kind = ["", "data", "", "", "end", "answer"][flags] ?? `${flags}`;
	return `${channel}${ids} ${kind} [${[...payload]}]`;
}

/** Connects raw bytes to `address`. */
export async function rawPeer(address: string): Promise<RawPeer> {
	const [, host = "", port] = /^tcp:\/\/(.*):(\d+)$/.exec(address) ?? [];
	const socket =
		port === undefined
			? netConnect(address.replace("unix://", ""))
			: netConnect(Number(port), host);
	const peer = new RawPeer(socket);
	await once(socket, "connect");
	after(() => socket.destroy());
	return peer;
}

/** A host of `handlers` on a port of its own, its log, and a peer of raw bytes. */
export async function hosted(
	handlers: Handler | readonly Handler[] = echoing(),
	options: HostOptions = {},
	at = "tcp://127.0.0.1:0",
): Promise<{ host: Host; address: string; log: Log; peer: RawPeer }> {
	const log = new Log();
	const host = createHost(handlers, { logger: log, ...options });
	const { address } = await listen(host, at);
	after(() => host.close({ graceMs: 1 }));
	return { host, address, log, peer: await rawPeer(address) };
}

/** The control frame that cancels a call. */
export function cancelling(
	channel: number,
	payload: readonly number[] = [2, channel, 0],
): Uint8Array {
	return frame(0, 3, 2, payload);
}
