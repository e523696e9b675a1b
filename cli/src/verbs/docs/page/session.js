// The calls of one WebSocket: rapace 0.5.0's frames, a message each.

import { Writer } from "./writer.js";

const DESCRIPTOR_BYTES = 64;
/** Payloads up to this size are copied into the descriptor as well. */
const INLINE_BYTES = 16;
/** The longest frame in either direction: what Rust's WebSocket transport accepts. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const ALL_BITS = 0xffffffff;
const LAST_CHANNEL = 0xffffffff;

const FLAG = {
	data: 0x01,
	control: 0x02,
	eos: 0x04,
	error: 0x10,
	noReply: 0x100,
};
/** Offsets in the descriptor, in bytes. */
const AT = {
	message: 0,
	channel: 8,
	method: 12,
	slot: 16,
	length: 28,
	flags: 32,
	deadline: 40,
	inline: 48,
};

/** The verb of the control frame that cancels a call, and the position of its payload among the variants. */
const CANCEL_CHANNEL = 3;
const CANCEL_CHANNEL_VARIANT = 2;

/** A frame as a message. */
function frameOf(message, channel, method, flags, payload) {
	const frame = new Uint8Array(DESCRIPTOR_BYTES + payload.length);
	const view = new DataView(frame.buffer);
	view.setBigUint64(AT.message, BigInt(message), true);
	view.setUint32(AT.channel, channel, true);
	view.setUint32(AT.method, method, true);
	view.setUint32(AT.length, payload.length, true);
	view.setUint32(AT.flags, flags, true);
	view.setUint32(AT.deadline, ALL_BITS, true);
	view.setUint32(AT.deadline + 4, ALL_BITS, true);
	frame.set(payload, DESCRIPTOR_BYTES);
	if (payload.length <= INLINE_BYTES) {
		view.setUint32(AT.slot, ALL_BITS, true);
		frame.set(payload, AT.inline);
	}
	return frame;
}

/** The words of an error frame. `codes` are the names of codes. */
function statusOf(payload, codes) {
	const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
	if (payload.length < 8 || view.getUint32(4, true) > payload.length - 8) {
		return `Internal: malformed error frame of ${payload.length} bytes`;
	}
	const code = view.getUint32(0, true);
	const message = new TextDecoder().decode(
		payload.subarray(8, 8 + view.getUint32(4, true)),
	);
	return `${codes[code] ?? `Code(${code})`}: ${message}`;
}

/** The calls on a socket. An exchange has `stream`, and the functions `item(payload)`, `end()` and `fail(message)`. */
export class Session {
	#socket;
	#codes;
	#exchanges = new Map();
	#channel = 1;
	#message = 0;

	constructor(socket, codes) {
		this.#socket = socket;
		this.#codes = codes;
		socket.binaryType = "arraybuffer";
		socket.onmessage = ({ data }) => this.#receive(data);
		socket.onclose = ({ code, reason }) => {
			this.#end(
				`the server closed the WebSocket with code ${code}${reason === "" ? "" : `: ${reason}`}`,
			);
		};
	}

	/** Sends a request. Returns the function that cancels it. */
	call(id, payload, exchange) {
		if (payload.length > MAX_FRAME_BYTES - DESCRIPTOR_BYTES) {
			throw new Error(
				`the arguments have ${payload.length} bytes, more than a frame of ${MAX_FRAME_BYTES} holds`,
			);
		}
		while (this.#exchanges.has(this.#channel)) {
			this.#next();
		}
		const channel = this.#channel;
		this.#next();
		this.#exchanges.set(channel, exchange);
		const flags = FLAG.data | FLAG.eos | (exchange.stream ? FLAG.noReply : 0);
		this.#send(channel, id, flags, payload);
		return () => this.#cancel(channel);
	}

	#next() {
		this.#channel = this.#channel + 2 > LAST_CHANNEL ? 1 : this.#channel + 2;
	}

	#send(channel, method, flags, payload) {
		this.#socket.send(
			frameOf(++this.#message, channel, method, flags, payload),
		);
	}

	#cancel(channel) {
		if (this.#exchanges.delete(channel)) {
			const writer = new Writer({});
			writer.fields({ tuple: ["u8", "u32", "u8"] }, [
				CANCEL_CHANNEL_VARIANT,
				channel,
				0,
			]);
			this.#send(0, CANCEL_CHANNEL, FLAG.control, writer.bytes);
		}
	}

	#receive(data) {
		const length = typeof data === "string" ? undefined : data.byteLength;
		if (
			length === undefined ||
			length < DESCRIPTOR_BYTES ||
			length > MAX_FRAME_BYTES
		) {
			this.#socket.close(4002);
			this.#end(
				length === undefined
					? "the server sent a message of text"
					: `the server sent a frame of ${length} bytes`,
			);
			return;
		}
		const view = new DataView(data);
		const [channel, flags] = [
			view.getUint32(AT.channel, true),
			view.getUint32(AT.flags, true),
		];
		const exchange = this.#exchanges.get(channel);
		if (
			channel === 0 ||
			(flags & FLAG.control) !== 0 ||
			exchange === undefined
		) {
			return;
		}
		this.#answer(
			channel,
			flags,
			exchange,
			new Uint8Array(data, DESCRIPTOR_BYTES),
		);
	}

	#answer(channel, flags, exchange, payload) {
		const [data, eos] = [(flags & FLAG.data) !== 0, (flags & FLAG.eos) !== 0];
		if ((flags & FLAG.error) !== 0) {
			this.#exchanges.delete(channel);
			exchange.fail(statusOf(payload, this.#codes));
			return;
		}
		if (!data && !eos) {
			return;
		}
		// The first answer of a unary call is the answer, whether or not it says that it is the last.
		const last = eos || !exchange.stream;
		if (last) {
			this.#exchanges.delete(channel);
		}
		if (data || !exchange.stream) {
			exchange.item(payload);
		}
		if (last) {
			exchange.end();
		}
	}

	#end(why) {
		const exchanges = [...this.#exchanges.values()];
		this.#exchanges.clear();
		for (const exchange of exchanges) {
			exchange.fail(why);
		}
	}
}
