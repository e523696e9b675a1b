/** What the tests share: a small service as generated code declares it, frames as a peer writes them, scripted peers. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { after } from "node:test";

import {
	type CallOptions,
	decodeChar,
	decodeF32,
	decodeF64,
	decodeI64,
	decodeI128,
	decodeString,
	decodeU64,
	decodeU128,
	encodeChar,
	encodeF32,
	encodeF64,
	encodeI64,
	encodeI128,
	encodeString,
	encodeU64,
	encodeU128,
	type Method,
	type Reader,
	type Service,
	serverStreaming,
	unary,
	type Writer,
} from "../src/codegen.js";
import { CONTROL, DATA, EOS, ERROR } from "../src/descriptor.js";
import { isRapaceError } from "../src/errors.js";
import {
	type Connection,
	connect,
	type NodeConnectOptions,
} from "../src/node.js";

export { CONTROL, DATA, EOS, ERROR };

export interface EchoClient {
	echo(text: string, options?: CallOptions): Promise<string>;
	nothing(options?: CallOptions): Promise<void>;
	count(to: number, options?: CallOptions): AsyncIterable<number>;
	beats(options?: CallOptions): AsyncIterable<undefined>;
}

const echo: Method<EchoClient["echo"]> = {
	kind: unary,
	name: "Echo.echo",
	id: 0x11111111,
	arity: 1,
	encode(w, text) {
		encodeString(w, text, "text");
	},
	decode(r) {
		return decodeString(r, "");
	},
};

const nothing: Method<EchoClient["nothing"]> = {
	kind: unary,
	name: "Echo.nothing",
	id: 0x22222222,
	arity: 0,
};

const count: Method<EchoClient["count"]> = {
	kind: serverStreaming,
	name: "Echo.count",
	id: 0x33333333,
	arity: 1,
	encode(w, to) {
		w.u32(to, "to");
	},
	decode(r) {
		return r.u32("");
	},
};

const beats: Method<EchoClient["beats"]> = {
	kind: serverStreaming,
	name: "Echo.beats",
	id: 0x44444444,
	arity: 0,
};

export const Echo: Service<EchoClient> = { echo, nothing, count, beats };

/** What writes and reads each scalar, whether it is a method or a function. */
export const scalars = {
	bool: {
		encode: (w: Writer, v: never, key: string | number) => w.bool(v, key),
		decode: (r: Reader, key: string | number) => r.bool(key),
	},
	u8: {
		encode: (w: Writer, v: never, key: string | number) => w.u8(v, key),
		decode: (r: Reader, key: string | number) => r.u8(key),
	},
	u16: {
		encode: (w: Writer, v: never, key: string | number) => w.u16(v, key),
		decode: (r: Reader, key: string | number) => r.u16(key),
	},
	u32: {
		encode: (w: Writer, v: never, key: string | number) => w.u32(v, key),
		decode: (r: Reader, key: string | number) => r.u32(key),
	},
	i8: {
		encode: (w: Writer, v: never, key: string | number) => w.i8(v, key),
		decode: (r: Reader, key: string | number) => r.i8(key),
	},
	i16: {
		encode: (w: Writer, v: never, key: string | number) => w.i16(v, key),
		decode: (r: Reader, key: string | number) => r.i16(key),
	},
	i32: {
		encode: (w: Writer, v: never, key: string | number) => w.i32(v, key),
		decode: (r: Reader, key: string | number) => r.i32(key),
	},
	bytes: {
		encode: (w: Writer, v: never, key: string | number) => w.bytes(v, key),
		decode: (r: Reader, key: string | number) => r.bytes(key),
	},
	u64: { encode: encodeU64, decode: decodeU64 },
	i64: { encode: encodeI64, decode: decodeI64 },
	f32: { encode: encodeF32, decode: decodeF32 },
	f64: { encode: encodeF64, decode: decodeF64 },
	string: { encode: encodeString, decode: decodeString },
	u128: { encode: encodeU128, decode: decodeU128 },
	i128: { encode: encodeI128, decode: decodeI128 },
	char: { encode: encodeChar, decode: decodeChar },
};

/** A recursive type, with codecs as they are generated. */
export interface Tree {
	label: string;
	children: Tree[];
}

export function encodeTree(w: Writer, v: Tree): void {
	w.nest();
	w.enter(v);
	encodeString(w, v.label, "label");
	encodeListOfTree(w.in("children"), v.children);
	w.leave();
	w.unnest();
}

export function decodeTree(r: Reader): Tree {
	r.nest();
	r.enter();
	return r.leaveNested({
		label: decodeString(r, "label"),
		children: decodeListOfTree(r.in("children")),
	});
}

function encodeListOfTree(w: Writer, v: Tree[]): void {
	w.list(v);
	let i = 0;
	for (const item of v) {
		encodeTree(w.in(i), item);
		i++;
	}
	w.leave();
}

function decodeListOfTree(r: Reader): Tree[] {
	const items: Tree[] = [];
	for (let i = 0, n = r.list(); i < n; i++) {
		items.push(decodeTree(r.in(i)));
	}
	return r.leave(items);
}

/** A frame of a peer: a request with a method id, or anything else without one. */
export function frame(
	channel: number,
	method: number,
	flags: number,
	payload: Uint8Array | readonly number[] = [],
): Uint8Array {
	const bytes = new Uint8Array(68 + payload.length);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, 64 + payload.length, true);
	view.setUint32(12, channel, true);
	view.setUint32(16, method, true);
	view.setUint32(36, flags, true);
	bytes.set(payload, 68);
	return bytes;
}

/** A frame as rapace 0.5.0 answers: message id and method id are 0. */
export function answer(
	channel: number,
	flags: number,
	payload: Uint8Array | readonly number[] = [],
): Uint8Array {
	return frame(channel, 0, flags, payload);
}

/** The payload of an error frame. */
export function status(code: number, message: string): Uint8Array {
	const text = new TextEncoder().encode(message);
	const payload = new Uint8Array(8 + text.length);
	const view = new DataView(payload.buffer);
	view.setUint32(0, code, true);
	view.setUint32(4, text.length, true);
	payload.set(text, 8);
	return payload;
}

/** A string as postcard writes it: below 128 bytes. */
export function text(value: string): Uint8Array {
	const bytes = new TextEncoder().encode(value);
	return Uint8Array.from([bytes.length, ...bytes]);
}

/** A frame of the client, as a server sees it. */
export interface Request {
	messageId: bigint;
	channel: number;
	method: number;
	payloadSlot: number;
	payloadLength: number;
	flags: number;
	deadline: bigint;
	inline: Uint8Array;
	payload: Uint8Array;
}

/** Reads the frames that `bytes` holds; returns them and what is left. */
export function requests(bytes: Uint8Array): [Request[], Uint8Array] {
	const found: Request[] = [];
	let rest = bytes;
	for (;;) {
		const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
		if (rest.length < 4 || rest.length < 4 + view.getUint32(0, true)) {
			return [found, rest];
		}
		const end = 4 + view.getUint32(0, true);
		found.push({
			messageId: view.getBigUint64(4, true),
			channel: view.getUint32(12, true),
			method: view.getUint32(16, true),
			payloadSlot: view.getUint32(20, true),
			payloadLength: view.getUint32(32, true),
			flags: view.getUint32(36, true),
			deadline: view.getBigUint64(44, true),
			inline: rest.slice(52, 68),
			payload: rest.slice(68, end),
		});
		rest = rest.subarray(end);
	}
}

/** A server that follows the test's script. It and its sockets are gone when the test file ends. */
export interface Peer {
	readonly address: string;
	/** What is done for each request; control frames are only seen. */
	serve(handle: (request: Request, socket: Socket) => unknown): void;
	/** Every frame that has arrived. */
	readonly seen: Request[];
	/** The sockets that are open or were. */
	readonly sockets: Socket[];
	/** Resolves when `done` holds for the frames that have arrived. */
	until(done: (seen: Request[]) => boolean): Promise<void>;
}

/** Starts a peer on TCP, or on a Unix socket at `path`. */
export async function peer(path?: string): Promise<Peer> {
	let handle: (request: Request, socket: Socket) => unknown = () => {};
	const seen: Request[] = [];
	const sockets: Socket[] = [];
	let wake = () => {};
	const server: Server = createServer((socket) => {
		sockets.push(socket);
		socket.setNoDelay(true);
		socket.on("error", () => {});
		let rest: Uint8Array = new Uint8Array(0);
		socket.on("data", (chunk: Buffer) => {
			const [found, left] = requests(Buffer.concat([rest, chunk]));
			rest = left;
			for (const request of found) {
				seen.push(request);
				if (request.channel !== 0) {
					handle(request, socket);
				}
			}
			wake();
		});
	});
	server.listen(path ?? { port: 0, host: "127.0.0.1" });
	await once(server, "listening");
	after(() => {
		server.close();
		for (const socket of sockets) {
			socket.destroy();
		}
	});
	const bound = server.address();
	const address =
		typeof bound === "object" && bound !== null
			? `tcp://127.0.0.1:${bound.port}`
			: `unix://${bound}`;
	return {
		address,
		seen,
		sockets,
		serve(how) {
			handle = how;
		},
		async until(done) {
			while (!done(seen)) {
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
			}
		},
	};
}

/** A connection to `peer` that is closed when the test file ends. */
export async function dial(
	to: Peer,
	options?: NodeConnectOptions,
): Promise<Connection> {
	const connection = await connect(to.address, options);
	after(() => connection.close());
	return connection;
}

/** What `promise` rejects with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
	try {
		await promise;
	} catch (error) {
		return error;
	}
	throw new Error("it did not fail");
}

/** Resolves after so many milliseconds. */
export function sleep(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What comes of `task`: its value, or all that its error tells. */
export function outcome(task: () => unknown): unknown {
	try {
		return task();
	} catch (error) {
		assert.ok(isRapaceError(error), String(error));
		return { ...error, message: error.message };
	}
}

/** The verb of a control frame that gives a call up. */
const CANCEL = 3;

/** The frames that gave a call up. */
export function cancellations(seen: Request[]): Request[] {
	return seen.filter(
		(request) => request.channel === 0 && request.method === CANCEL,
	);
}

/** The frames that are no control frames. */
export function calls(seen: Request[]): Request[] {
	return seen.filter((request) => request.channel !== 0);
}

/** What the tests look at of an error of the family. */
export function shown(error: unknown) {
	assert.ok(isRapaceError(error), String(error));
	const { kind, code, message } = error;
	return { kind, code, message };
}

/** All items of a stream. */
export async function collect<Item>(
	stream: AsyncIterable<Item>,
): Promise<Item[]> {
	const items: Item[] = [];
	for await (const item of stream) {
		items.push(item);
	}
	return items;
}

/** Reports whether it is a status of this code. */
export function isStatus(error: unknown, code: string): boolean {
	return isRapaceError(error) && error.kind === "status" && error.code === code;
}
