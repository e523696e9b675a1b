/** Values of another realm, and platforms that lack a feature: nothing is asked of a class, and what is not there is not needed. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { PREFIX_BYTES } from "../../src/descriptor.js";
import { ConnectionError, ProtocolError } from "../../src/errors.js";
import { whenForgotten } from "../../src/forgotten.js";
import {
	connectPort,
	createClient,
	isRapaceError,
	type Layer,
	memoryLayers,
	openTunnel,
	type PortLike,
	SingleConnection,
} from "../../src/index.js";
import { opentelemetry } from "../../src/opentelemetry.js";
import { Writer } from "../../src/postcard/writer.js";
import { openWebSocket, type WebSocketLike } from "../../src/websocket.js";
import { answer, Echo, failure, requests, text } from "../support.js";

const realm = createContext({});

/** What another realm makes of an expression. */
function foreign<Value>(expression: string): Value {
	return runInContext(expression, realm) as Value;
}

/** The same value, in memory of another realm's class. */
function abroad(bytes: Uint8Array): Uint8Array {
	const from = foreign<(values: number[]) => Uint8Array>(
		"(values) => Uint8Array.from(values)",
	);
	return from([...bytes]);
}

/** A WebSocket that answers every request with "hi". */
function socket(
	of: Partial<WebSocketLike>,
	data: (frame: Uint8Array) => unknown,
) {
	const made: WebSocketLike = {
		binaryType: "blob",
		readyState: 1,
		onopen: null,
		onmessage: null,
		onerror: null,
		onclose: null,
		send(message) {
			const frame = new Uint8Array(PREFIX_BYTES + message.length);
			new DataView(frame.buffer).setUint32(0, message.length, true);
			frame.set(message, PREFIX_BYTES);
			for (const { channel } of requests(frame)[0]) {
				const reply = answer(channel, 5, text("hi")).subarray(PREFIX_BYTES);
				queueMicrotask(() => made.onmessage?.({ data: data(reply) }));
			}
		},
		close() {
			const tell = made.onclose;
			made.onclose = null;
			queueMicrotask(() => tell?.({ code: 1000, reason: "" }));
		},
		...of,
	};
	return made;
}

/** The answer to a call over such a WebSocket. */
function greeted(made: WebSocketLike): Promise<unknown> {
	return new Promise((resolve, reject) => {
		openWebSocket("ws://far", () => made)((layer: Layer) => {
			const connection = new SingleConnection(layer);
			const { echo } = createClient(Echo, connection, { timeoutMs: 2000 });
			echo("hello")
				.then(resolve, reject)
				.finally(() => connection.close());
		}, reject);
		made.onopen?.();
	});
}

describe("a value of another realm", () => {
	const writer = () => new Writer(1000);

	test("is a list, a set, a map and bytes when it is sent", () => {
		const set = foreign<Set<number>>("new Set([1])");
		const map = foreign<Map<number, number>>("new Map([[1, 2]])");
		const list = foreign<number[]>("[1]");
		assert.ok(!(set instanceof Set || map instanceof Map));
		writer().set(set);
		writer().map(map);
		writer().list(list);
		writer().bytes(abroad(Uint8Array.of(1)), "");
	});

	test("is an ArrayBuffer of a WebSocket's message", async () => {
		const made = socket({ bufferedAmount: 0 }, (frame) => abroad(frame).buffer);
		assert.equal(await greeted(made), "hi");
	});

	test("is a Uint8Array of a port's message, whatever the port's class", async () => {
		let listener: (event: { data?: unknown }) => void = () => {};
		const port: PortLike = {
			postMessage(message) {
				if (message === null) {
					return;
				}
				const data = message as Uint8Array;
				const channel = new DataView(data.buffer).getUint32(8, true);
				const reply = answer(channel, 5, text("hi")).subarray(PREFIX_BYTES);
				queueMicrotask(() => listener({ data: abroad(reply) }));
			},
			addEventListener(type, hear) {
				if (type === "message") {
					listener = hear;
				}
			},
		};
		const connection = connectPort(port);
		assert.equal(await createClient(Echo, connection).echo(""), "hi");
		await connection.close();
	});

	test("is what a tunnel is written", async () => {
		const [near, far] = memoryLayers();
		far.start({ received() {}, sent() {}, ended() {} });
		const connection = new SingleConnection(near);
		const { writable } = openTunnel(connection, 2);
		await writable.getWriter().write(abroad(Uint8Array.of(1)));
		await connection.close();
	});

	test("is an error of the family, which a transport may end with", async () => {
		const brand = Symbol.for("rapace.error");
		const other = foreign<Error & { kind?: string }>("new Error('cut')");
		Object.assign(other, { kind: "protocol", [brand]: true });
		assert.ok(!(other instanceof Error) && isRapaceError(other));
		for (const cause of [other, new ProtocolError("cut")]) {
			const [near] = memoryLayers();
			let end: (cause: unknown) => void = () => {};
			const start: Layer["start"] = ({ ended }) => {
				end = ended;
			};
			const connection = new SingleConnection(Object.assign(near, { start }));
			end(cause);
			const error = await connection.closed;
			assert.ok(error instanceof ConnectionError);
			assert.match(error.message, /^cut; connection closed/);
		}
		for (const none of [undefined, null, 1, "text", {}]) {
			assert.ok(!isRapaceError(none));
		}
	});

	test("is an error whose class telemetry tells", async () => {
		const told: unknown[] = [];
		const span = {
			setAttributes: (attributes: object) => told.push(attributes),
			setStatus() {},
			end() {},
		};
		const api = {
			trace: {
				setSpan: (context: unknown) => context,
				getTracerProvider: () => ({
					getTracer: () => ({ startSpan: () => span }),
				}),
			},
			context: {
				active: () => ({}),
				with: (_: unknown, run: () => unknown) => run(),
			},
			metrics: {
				getMeterProvider: () => ({
					getMeter: () => ({ createHistogram: () => ({ record() {} }) }),
				}),
			},
			SpanKind: { CLIENT: 2 },
			SpanStatusCode: { ERROR: 2 },
		};
		const { unary } = opentelemetry(api as never);
		for (const [thrown, type] of [
			[foreign("new TypeError('x')"), "TypeError"],
			[new RangeError("x"), "RangeError"],
			["text", "_OTHER"],
			[{}, "_OTHER"],
			[undefined, "_OTHER"],
		]) {
			const call = { method: "Echo.echo", form: "unary", peer: "tcp://h:1" };
			await failure(
				unary?.(call as never, () =>
					Promise.reject(thrown),
				) as Promise<unknown>,
			);
			assert.deepEqual(told.at(-1), { "error.type": type });
		}
	});
});

test("a WebSocket without bufferedAmount, as Cloudflare's, has sent all", async () => {
	assert.equal(
		await greeted(socket({}, (frame) => frame.slice().buffer)),
		"hi",
	);
});

test("without FinalizationRegistry, as in older Workers, nothing is registered", () => {
	const { FinalizationRegistry: own } = globalThis;
	Reflect.deleteProperty(globalThis, "FinalizationRegistry");
	try {
		assert.equal(
			whenForgotten(() => {}),
			undefined,
		);
	} finally {
		Object.defineProperty(globalThis, "FinalizationRegistry", {
			value: own,
			configurable: true,
			writable: true,
		});
	}
	assert.notEqual(
		whenForgotten(() => {}),
		undefined,
	);
});
