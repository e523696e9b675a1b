/** Calls over real sockets, against a peer that follows a script. */

import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import {
	type CallOptions,
	decodeString,
	type Method,
	serverStreaming,
} from "../src/codegen.js";
import {
	byteStream,
	createClient,
	isRapaceError,
	MAX_UNSENT_BYTES,
	type RapaceError,
	SingleConnection,
	type TransportEvents,
} from "../src/index.js";
import {
	answer,
	CONTROL,
	DATA,
	dial,
	Echo,
	EOS,
	ERROR,
	failure,
	peer,
	type Request,
	sleep,
	status,
	text,
} from "./support.js";

const CANCEL = 3;
const PING = 5;

function cancellations(seen: Request[]): Request[] {
	return seen.filter(
		(request) => request.channel === 0 && request.method === CANCEL,
	);
}

function calls(seen: Request[]): Request[] {
	return seen.filter((request) => request.channel !== 0);
}

/** What the tests look at of an error of the family. */
function shown(error: unknown) {
	assert.ok(isRapaceError(error), String(error));
	const { kind, code, message } = error;
	return { kind, code, message };
}

async function collect<Item>(stream: AsyncIterable<Item>): Promise<Item[]> {
	const items: Item[] = [];
	for await (const item of stream) {
		items.push(item);
	}
	return items;
}

describe("unary calls", () => {
	test("over TCP and over a Unix socket", async () => {
		for (const path of [
			undefined,
			join(tmpdir(), `rapace-${process.pid}.sock`),
		]) {
			const server = await peer(path);
			server.serve(({ channel, payload }, socket) =>
				socket.write(answer(channel, DATA | EOS, payload)),
			);
			const echo = createClient(Echo, await dial(server));
			assert.equal(await echo.echo("hé"), "hé");
			assert.equal(await echo.nothing(), undefined);
		}
	});

	test("5,000 at once, answered in reverse", async () => {
		const server = await peer();
		const waiting: (() => void)[] = [];
		server.serve(({ channel, payload }, socket) => {
			waiting.push(() => socket.write(answer(channel, DATA | EOS, payload)));
			if (waiting.length === 5000) {
				for (const reply of waiting.reverse()) {
					reply();
				}
			}
		});
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		const texts = Array.from({ length: 5000 }, (_, i) => `call ${i}`);
		assert.deepEqual(
			await Promise.all(texts.map((text) => echo.echo(text))),
			texts,
		);
		assert.equal(connection.inFlight, 0);
	});

	test("fail with the peer's status", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) =>
			socket.write(answer(channel, ERROR | EOS, status(4, "no such text"))),
		);
		const echo = createClient(Echo, await dial(server));
		const error = await failure(echo.echo("x"));
		assert.deepEqual(shown(error), {
			kind: "status",
			code: "NotFound",
			message: "Echo.echo: no such text",
		});
	});

	test("refuse a bad argument before a byte is sent", async () => {
		const server = await peer();
		server.serve(({ channel, payload }, socket) =>
			socket.write(answer(channel, DATA | EOS, payload)),
		);
		const echo = createClient(Echo, await dial(server));
		const error = await failure(echo.echo("\ud800"));
		assert.deepEqual(shown(error), {
			kind: "encode",
			code: "InvalidArgument",
			message: "Echo.echo: text: unpaired surrogate at index 0",
		});
		assert.equal(await echo.echo("next"), "next");
		assert.equal(server.seen.length, 1);
	});

	test("refuse an answer that is no value, and the connection lives on", async () => {
		const server = await peer();
		const answers = [[2, 65], [...text("ok"), 1], text("ok")];
		server.serve(({ channel }, socket) =>
			socket.write(answer(channel, DATA | EOS, answers.shift())),
		);
		const echo = createClient(Echo, await dial(server));
		assert.equal(
			shown(await failure(echo.echo(""))).message,
			"Echo.echo: length 2, but 1 bytes are left (at byte 0)",
		);
		assert.equal(
			shown(await failure(echo.echo(""))).message,
			"Echo.echo: 1 bytes too many (at byte 3)",
		);
		assert.equal(await echo.echo(""), "ok");
	});

	test("accept bytes behind the value where that is asked for", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) =>
			socket.write(answer(channel, DATA | EOS, [...text("ok"), 1])),
		);
		const echo = createClient(
			Echo,
			await dial(server, { allowTrailingBytes: true }),
		);
		assert.equal(await echo.echo(""), "ok");
	});

	test("beyond the frame limit are refused, in both directions", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) =>
			socket.write(answer(channel, DATA | EOS, new Uint8Array(2000))),
		);
		const connection = await dial(server, { maxFrameBytes: 1000 });
		const echo = createClient(Echo, connection);
		assert.deepEqual(shown(await failure(echo.echo("x".repeat(2000)))), {
			kind: "status",
			code: "ResourceExhausted",
			message: "Echo.echo: message of 2002 bytes exceeds limit 936",
		});
		assert.equal(server.seen.length, 0);
		const error = await failure(echo.echo("x"));
		assert.equal(shown(error).code, "Unavailable");
		assert.match(
			shown(error).message,
			/^Echo\.echo: frame length 2064 exceeds limit 1000; connection closed/,
		);
		assert.equal(
			(error as RapaceError & { cause: RapaceError }).cause.kind,
			"protocol",
		);
		assert.equal((await connection.closed)?.reason, "lost");
	});

	test("whose argument aborts its own signal send nothing", async () => {
		const server = await peer();
		const connection = await dial(server);
		const abort = new AbortController();
		const { codegen, kind, name, id, decode } = Echo.nothing;
		type Call = (
			to: { readonly n: number },
			options?: CallOptions,
		) => Promise<void>;
		const method: Method<Call> = {
			codegen,
			kind,
			name,
			id,
			decode,
			arity: 1,
			encode(w, to) {
				w.u32(to.n, "n");
			},
		};
		const client = createClient({ method }, connection);
		const argument = {
			get n() {
				abort.abort("now");
				return 1;
			},
		};
		const error = await failure(
			client.method(argument, { signal: abort.signal }),
		);
		assert.equal(shown(error).code, "Cancelled");
		assert.equal(connection.inFlight, 0);
		await sleep(20);
		assert.equal(server.seen.length, 0);
	});
});

describe("calls while too much waits to be sent", () => {
	const big = "x".repeat(8_000_000);

	/** A peer that reads nothing until it is told to, and a connection on which too much waits to be sent. */
	async function stuck() {
		const server = await peer();
		server.serve(({ channel }, socket) =>
			socket.write(answer(channel, DATA | EOS, text("ok"))),
		);
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		await echo.echo("");
		const socket = server.sockets[0];
		assert.ok(socket);
		socket.pause();
		server.seen.length = 0;
		return { server, connection, echo, socket, first: echo.echo(big) };
	}

	test("wait, and are sent in their order when there is room", async () => {
		const { server, echo, socket, first } = await stuck();
		const later = [echo.echo("b"), echo.echo("c"), echo.echo("d")];
		const items = collect(echo.count(1));
		await sleep(20);
		socket.resume();
		assert.equal(await first, "ok");
		assert.deepEqual(await Promise.all(later), ["ok", "ok", "ok"]);
		await failure(items);
		const payloads = calls(server.seen).map(({ payload }) =>
			String.fromCharCode(...payload.subarray(0, 2)),
		);
		assert.deepEqual(payloads.slice(1), ["\x01b", "\x01c", "\x01d", "\x01"]);
	});

	test("wait within their timeout, and are never sent after it", async () => {
		const { server, connection, echo, socket, first } = await stuck();
		const late = shown(await failure(echo.echo("late", { timeoutMs: 30 })));
		assert.equal(late.code, "DeadlineExceeded");
		const abort = new AbortController();
		const given = failure(echo.echo("given up", { signal: abort.signal }));
		const left = echo.count(1)[Symbol.asyncIterator]();
		const item = left.next();
		abort.abort();
		await left.return?.();
		assert.deepEqual(await item, { value: undefined, done: true });
		assert.equal(shown(await given).code, "Cancelled");
		assert.equal(connection.inFlight, 1);
		socket.resume();
		assert.equal(await first, "ok");
		assert.equal(await echo.echo("next"), "ok");
		assert.equal(server.seen.filter(({ channel }) => channel !== 0).length, 2);
		assert.equal(cancellations(server.seen).length, 0);
	});

	test("fail at once when the connection is closed", async () => {
		const { connection, echo, first } = await stuck();
		const failures = [failure(first), failure(echo.echo("x"))];
		await connection.close();
		for (const error of await Promise.all(failures)) {
			assert.equal(shown(error).code, "Unavailable");
		}
		assert.equal(connection.inFlight, 0);
	});

	test("are sent one after another where nothing may wait", async () => {
		const server = await peer();
		server.serve(({ channel, payload }, socket) =>
			socket.write(answer(channel, DATA | EOS, payload)),
		);
		const connection = await dial(server, { maxUnsentBytes: 0 });
		const echo = createClient(Echo, connection, { timeoutMs: 5000 });
		const texts = Array.from({ length: 100 }, (_, i) => `call ${i}`);
		const answers = await Promise.all(texts.map((text) => echo.echo(text)));
		assert.deepEqual(answers, texts);
	});

	test("find 1 MiB too much by default", () => {
		assert.equal(MAX_UNSENT_BYTES, 1 << 20);
	});
});

describe("timeouts and aborts", () => {
	test("a timeout comes once, the late answer is dropped, and the next call is not disturbed", async () => {
		const server = await peer();
		const late: (() => void)[] = [];
		server.serve(({ channel, payload }, socket) => {
			if (channel === 1) {
				late.push(() => socket.write(answer(1, DATA | EOS, text("late"))));
			} else if (channel !== 0) {
				socket.write(answer(channel, DATA | EOS, payload));
			}
		});
		const connection = await dial(server);
		const echo = createClient(Echo, connection, { timeoutMs: 20 });
		const started = performance.now();
		let failures = 0;
		const first = echo.echo("first").catch((error: unknown) => {
			failures++;
			return error;
		});
		assert.deepEqual(shown(await first), {
			kind: "status",
			code: "DeadlineExceeded",
			message: "Echo.echo: no answer within 20 ms",
		});
		assert.ok(performance.now() - started >= 18);
		await server.until((seen) => cancellations(seen).length === 1);
		assert.deepEqual(
			[...(cancellations(server.seen)[0]?.payload ?? [])],
			[2, 1, 1],
		);
		late[0]?.();
		assert.equal(await echo.echo("second"), "second");
		assert.equal(connection.droppedFrames, 1);
		assert.equal(failures, 1);
	});

	test("a call's own timeout comes before the client's", async () => {
		const server = await peer();
		const echo = createClient(Echo, await dial(server), { timeoutMs: 60_000 });
		const error = await failure(echo.echo("x", { timeoutMs: 5 }));
		assert.equal(shown(error).message, "Echo.echo: no answer within 5 ms");
	});

	test("an abort fails the call at once with its reason, and lets go of the signal", async () => {
		const server = await peer();
		server.serve(({ channel, payload }, socket) => {
			if (channel > 1) {
				socket.write(answer(channel, DATA | EOS, payload));
			}
		});
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		const controller = new AbortController();
		const pending = failure(echo.echo("x", { signal: controller.signal }));
		await server.until((seen) => seen.length === 1);
		const reason = new Error("no longer wanted");
		controller.abort(reason);
		const error = await pending;
		assert.deepEqual(shown(error), {
			kind: "status",
			code: "Cancelled",
			message: "Echo.echo: the call was aborted",
		});
		assert.equal((error as RapaceError).cause, reason);
		await server.until((seen) => cancellations(seen).length === 1);
		assert.deepEqual(
			[...(cancellations(server.seen)[0]?.payload ?? [])],
			[2, 1, 0],
		);
		assert.equal(await echo.echo("next"), "next");
		assert.equal(connection.inFlight, 0);
	});

	test("a signal that has aborted sends nothing", async () => {
		const server = await peer();
		const echo = createClient(Echo, await dial(server));
		const signal = AbortSignal.abort("before");
		const error = await failure(echo.echo("x", { signal }));
		assert.equal(shown(error).code, "Cancelled");
		assert.equal((error as RapaceError).cause, "before");
		const inStream = await failure(collect(echo.count(1, { signal })));
		assert.equal(shown(inStream).code, "Cancelled");
		assert.equal(server.seen.length, 0);
	});

	test("every ended call has let go of its signal", async () => {
		const server = await peer();
		server.serve(({ channel, payload, method }, socket) => {
			const flags = method === 0x33333333 ? EOS : DATA | EOS;
			socket.write(answer(channel, flags, flags === EOS ? [] : payload));
		});
		const echo = createClient(Echo, await dial(server));
		const { signal } = new AbortController();
		let listeners = 0;
		const add = signal.addEventListener.bind(signal);
		const remove = signal.removeEventListener.bind(signal);
		signal.addEventListener = ((...args: Parameters<typeof add>) => {
			listeners++;
			add(...args);
		}) as typeof add;
		signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
			listeners--;
			remove(...args);
		}) as typeof remove;
		for (let i = 0; i < 20; i++) {
			await echo.echo("x", { signal });
			await collect(echo.count(1, { signal }));
		}
		assert.equal(listeners, 0);
	});

	test("a timeout that makes no sense is refused", async () => {
		const server = await peer();
		const echo = createClient(Echo, await dial(server));
		for (const timeoutMs of [0, -1, Number.NaN]) {
			const error = await failure(echo.echo("x", { timeoutMs }));
			assert.equal(
				shown(error).message,
				`Echo.echo: timeoutMs ${timeoutMs} is not above 0`,
			);
		}
		assert.equal(server.seen.length, 0);
	});

	test("one timer is enough for many calls, and none runs without a call", async (t) => {
		const server = await peer();
		server.serve(({ channel, payload }, socket) => {
			socket.write(answer(channel, DATA | EOS, payload));
		});
		const echo = createClient(Echo, await dial(server));
		await echo.echo("x");
		const { mock: set } = t.mock.method(globalThis, "setTimeout");
		const { mock: clear } = t.mock.method(globalThis, "clearTimeout");
		await Promise.all(Array.from({ length: 1_000 }, () => echo.echo("x")));
		const made = set.calls.map((call) => call.result);
		assert.ok(made.length > 0 && made.length < 100, String(made.length));
		const cleared = clear.calls.map((call) => call.arguments[0]);
		assert.ok(made.every((timer) => cleared.includes(timer)));
	});

	test("calls of many timeouts end each in its time, whatever their order", async () => {
		const server = await peer();
		const echo = createClient(Echo, await dial(server));
		const over: number[] = [];
		const timeouts = [60, 20, 100, 40, 80];
		const from = performance.now();
		await Promise.all(
			timeouts.map(async (timeoutMs) => {
				const error = await failure(echo.echo("x", { timeoutMs }));
				assert.equal(shown(error).code, "DeadlineExceeded");
				assert.ok(performance.now() - from >= timeoutMs);
				over.push(timeoutMs);
			}),
		);
		assert.deepEqual(over, [20, 40, 60, 80, 100]);
	});

	test("no timer runs for a timeout beyond what timers can", async () => {
		const server = await peer();
		server.serve(({ channel, payload }, socket) => {
			setTimeout(() => socket.write(answer(channel, DATA | EOS, payload)), 10);
		});
		const echo = createClient(Echo, await dial(server));
		for (const timeoutMs of [2 ** 31, Number.POSITIVE_INFINITY]) {
			assert.equal(await echo.echo("x", { timeoutMs }), "x");
		}
	});
});

describe("streams", () => {
	test("yield items in order, whatever their frames arrive in", async () => {
		const server = await peer();
		server.serve(async ({ channel }, socket) => {
			const frames = [0, 1, 2, 3].map((n) => answer(channel, DATA, [n]));
			const bytes = Buffer.concat([...frames, answer(channel, EOS)]);
			for (let from = 0; from < bytes.length; from += 30) {
				socket.write(bytes.subarray(from, from + 30));
				await sleep(1);
			}
		});
		const echo = createClient(Echo, await dial(server));
		assert.deepEqual(await collect(echo.count(4)), [0, 1, 2, 3]);
	});

	test("of units end at EOS, not at emptiness", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) =>
			socket.write(
				Buffer.concat([
					answer(channel, DATA),
					answer(channel, DATA),
					answer(channel, EOS),
				]),
			),
		);
		const echo = createClient(Echo, await dial(server));
		assert.deepEqual(await collect(echo.beats()), [undefined, undefined]);
	});

	test("send nothing until they are read, and then once", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) =>
			socket.write(answer(channel, DATA | EOS, [7])),
		);
		const echo = createClient(Echo, await dial(server));
		const stream = echo.count(1);
		await sleep(10);
		assert.equal(server.seen.length, 0);
		assert.deepEqual(await collect(stream), [7]);
		assert.deepEqual(await collect(stream), []);
		assert.equal(calls(server.seen).length, 1);
		assert.equal(calls(server.seen)[0]?.flags, 0x105);
	});

	test("raise an error behind the items that came before it", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) =>
			socket.write(
				Buffer.concat([
					answer(channel, DATA, [1]),
					answer(channel, ERROR | EOS, status(9, "stop")),
				]),
			),
		);
		const echo = createClient(Echo, await dial(server));
		const stream = echo.count(1)[Symbol.asyncIterator]();
		assert.deepEqual(await stream.next(), { value: 1, done: false });
		assert.deepEqual(shown(await failure(stream.next())), {
			kind: "status",
			code: "Aborted",
			message: "Echo.count: stop",
		});
		assert.deepEqual(await stream.next(), { value: undefined, done: true });
	});

	test("are given up by break, and the connection goes on", async () => {
		const server = await peer();
		server.serve(({ channel, method, payload }, socket) => {
			if (method === 0x33333333) {
				socket.write(
					Buffer.concat([1, 2, 3].map((n) => answer(channel, DATA, [n]))),
				);
			} else if (channel !== 0) {
				socket.write(answer(channel, DATA | EOS, payload));
			}
		});
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		for await (const item of echo.count(3)) {
			assert.equal(item, 1);
			break;
		}
		assert.equal(connection.inFlight, 0);
		await server.until((seen) => cancellations(seen).length === 1);
		assert.equal(await echo.echo("next"), "next");
	});

	test("may be left before they are begun", async () => {
		const server = await peer();
		const echo = createClient(Echo, await dial(server));
		const stream = echo.count(1)[Symbol.asyncIterator]();
		assert.deepEqual(await stream.return?.(), { value: undefined, done: true });
		assert.deepEqual(await stream.next(), { value: undefined, done: true });
		assert.equal(server.seen.length, 0);
	});

	test("fail when an item is no value, and are given up", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			if (channel !== 0) {
				socket.write(
					Buffer.concat([
						answer(channel, DATA, [1]),
						answer(channel, DATA, [0x80]),
						answer(channel, DATA, [2]),
					]),
				);
			}
		});
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		const stream = echo.count(1)[Symbol.asyncIterator]();
		assert.deepEqual(await stream.next(), { value: 1, done: false });
		assert.equal(shown(await failure(stream.next())).kind, "decode");
		assert.deepEqual(await stream.next(), { value: undefined, done: true });
		await server.until((seen) => cancellations(seen).length === 1);
		assert.equal(connection.inFlight, 0);
	});

	test("answer several next() at once, in order", async () => {
		const server = await peer();
		server.serve(async ({ channel }, socket) => {
			await sleep(5);
			socket.write(
				Buffer.concat([
					answer(channel, DATA, [1]),
					answer(channel, DATA, [2]),
					answer(channel, EOS),
				]),
			);
		});
		const echo = createClient(Echo, await dial(server));
		const stream = echo.count(2)[Symbol.asyncIterator]();
		const results = await Promise.all([
			stream.next(),
			stream.next(),
			stream.next(),
			stream.next(),
		]);
		assert.deepEqual(
			results.map((result) => result.value),
			[1, 2, undefined, undefined],
		);
		assert.deepEqual(
			results.map((result) => result.done),
			[false, false, true, true],
		);
	});

	test("time runs while an item is waited for, not while the reader works", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			if (channel !== 0) {
				socket.write(
					Buffer.concat([
						answer(channel, DATA, [1]),
						answer(channel, DATA, [2]),
					]),
				);
			}
		});
		const connection = await dial(server);
		const echo = createClient(Echo, connection, { timeoutMs: 30 });
		const stream = echo.count(9)[Symbol.asyncIterator]();
		assert.equal((await stream.next()).value, 1);
		await sleep(60);
		assert.equal((await stream.next()).value, 2);
		const error = await failure(stream.next());
		assert.equal(shown(error).message, "Echo.count: no answer within 30 ms");
		assert.deepEqual(await stream.next(), { value: undefined, done: true });
		assert.equal(connection.inFlight, 0);
	});

	test("end at once when their signal aborts, whatever waits", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			if (channel !== 0) {
				socket.write(
					Buffer.concat([
						answer(channel, DATA, [1]),
						answer(channel, DATA, [2]),
					]),
				);
			}
		});
		const echo = createClient(Echo, await dial(server));
		const controller = new AbortController();
		const seen: number[] = [];
		const error = await failure(
			(async () => {
				for await (const item of echo.count(9, { signal: controller.signal })) {
					seen.push(item);
					controller.abort();
				}
			})(),
		);
		assert.equal(shown(error).code, "Cancelled");
		assert.deepEqual(seen, [1]);
	});

	test("that nobody can read any more are given up, unless a read waits", async () => {
		setFlagsFromString("--expose-gc");
		const collectGarbage = runInNewContext("gc") as () => void;
		const server = await peer();
		server.serve(({ channel, method }, socket) => {
			if (method === Echo.count.id) {
				socket.write(answer(channel, DATA, [1]));
			}
		});
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		const waiting = echo.beats()[Symbol.asyncIterator]().next();
		await (async () => {
			const stream = echo.count(1)[Symbol.asyncIterator]();
			assert.deepEqual(await stream.next(), { value: 1, done: false });
		})();
		for (let i = 0; i < 100 && connection.inFlight > 1; i++) {
			collectGarbage();
			await sleep(10);
		}
		await sleep(20);
		assert.equal(connection.inFlight, 1);
		assert.equal(cancellations(server.seen).length, 1);
		server.sockets[0]?.write(answer(1, DATA));
		assert.deepEqual(await waiting, { value: undefined, done: false });
	});

	test("that hold too much for a slow reader fail alone", async () => {
		const server = await peer();
		server.serve(({ channel, method, payload }, socket) => {
			if (method === 0x33333333) {
				socket.write(
					Buffer.concat(
						Array.from({ length: 100 }, () => answer(channel, DATA, [1])),
					),
				);
			} else if (channel !== 0) {
				socket.write(answer(channel, DATA | EOS, payload));
			}
		});
		// An item counts as its byte and 64 more.
		const echo = createClient(
			Echo,
			await dial(server, { maxStreamBytes: 650 }),
		);
		const stream = echo.count(100)[Symbol.asyncIterator]();
		assert.equal((await stream.next()).value, 1);
		assert.equal(await echo.echo("meanwhile"), "meanwhile");
		for (let i = 0; i < 10; i++) {
			assert.equal((await stream.next()).value, 1);
		}
		assert.deepEqual(shown(await failure(stream.next())), {
			kind: "status",
			code: "ResourceExhausted",
			message:
				"Echo.count: the reader is 10 items behind, 650 bytes of at most 650",
		});
		await server.until((seen) => cancellations(seen).length === 1);
		assert.deepEqual(
			[...(cancellations(server.seen)[0]?.payload ?? [])],
			[2, 1, 2],
		);
		assert.equal(await echo.echo("afterwards"), "afterwards");
	});

	test("hold one item of any size for a slow reader", async () => {
		const server = await peer();
		const big = Uint8Array.from([0xc8, 0x01, ...new Array(200).fill(65)]);
		server.serve(({ channel }, socket) =>
			socket.write(
				Buffer.concat([
					answer(channel, DATA, text("a")),
					answer(channel, DATA, big),
					answer(channel, DATA, text("b")),
				]),
			),
		);
		const connection = await dial(server, { maxStreamBytes: 100 });
		const { codegen, id, encode } = Echo.count;
		const words: Method<(to: number) => AsyncIterable<string>> = {
			codegen,
			kind: serverStreaming,
			name: "Echo.words",
			id,
			arity: 1,
			encode,
			decode: (r) => decodeString(r, ""),
		};
		const stream = createClient({ words }, connection)
			.words(3)
			[Symbol.asyncIterator]();
		assert.equal((await stream.next()).value, "a");
		await sleep(20);
		assert.equal((await stream.next()).value, "A".repeat(200));
		assert.deepEqual(shown(await failure(stream.next())), {
			kind: "status",
			code: "ResourceExhausted",
			message:
				"Echo.words: the reader is 1 items behind, 266 bytes of at most 100",
		});
	});

	test("of 100,000 items for a reader that comes late", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			const item = answer(channel, DATA, [1]);
			socket.write(
				Buffer.concat([
					...Array.from({ length: 100_000 }, () => item),
					answer(channel, EOS),
				]),
			);
		});
		const echo = createClient(Echo, await dial(server));
		const stream = echo.count(100_000)[Symbol.asyncIterator]();
		await stream.next();
		await sleep(100);
		let items = 1;
		while (!(await stream.next()).done) {
			items++;
		}
		assert.equal(items, 100_000);
	});
});

describe("a connection that dies", () => {
	test("mid-call fails every call at once, with its cause", async () => {
		const server = await peer();
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		const pending = [
			failure(echo.echo("a")),
			failure(echo.echo("b")),
			failure(collect(echo.count(1))),
		];
		await server.until((seen) => seen.length === 3);
		const started = performance.now();
		server.sockets[0]?.resetAndDestroy();
		for (const error of await Promise.all(pending)) {
			assert.equal(shown(error).kind, "connection");
			assert.equal(shown(error).code, "Unavailable");
			assert.match(shown(error).message, /^Echo\.\w+: connection lost \(tcp:/);
			assert.match(String((error as RapaceError).cause), /ECONNRESET/);
		}
		assert.ok(performance.now() - started < 1000);
		assert.equal(connection.inFlight, 0);
		assert.equal(shown(await failure(echo.echo("later"))).code, "Unavailable");
		assert.equal((await connection.closed)?.reason, "lost");
	});

	test("mid-stream never looks like the stream's end", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			socket.end(
				Buffer.concat([
					answer(channel, DATA, [1]),
					answer(channel, DATA, [2]),
					answer(channel, DATA, [3]).subarray(0, 30),
				]),
			);
		});
		const echo = createClient(Echo, await dial(server));
		const seen: number[] = [];
		const error = await failure(
			(async () => {
				for await (const item of echo.count(3)) {
					seen.push(item);
				}
			})(),
		);
		assert.deepEqual(seen, [1, 2]);
		assert.equal(shown(error).code, "Unavailable");
		assert.match(
			String((error as RapaceError).cause),
			/the peer closed the connection/,
		);
	});

	test("before an answer, or in the midst of any part of it", async () => {
		for (const length of [0, 1, 4, 5, 67, 68, 69]) {
			const server = await peer();
			server.serve(({ channel }, socket) => {
				socket.end(
					answer(channel, DATA | EOS, text("cut")).subarray(0, length),
				);
			});
			const echo = createClient(Echo, await dial(server));
			const error = shown(await failure(echo.echo("x")));
			assert.equal(error.code, "Unavailable", `after ${length} bytes`);
		}
	});

	test("by a frame that is none", async () => {
		const server = await peer();
		server.serve((_, socket) => socket.write(Uint8Array.of(7, 0, 0, 0)));
		const connection = await dial(server);
		const error = await failure(createClient(Echo, connection).echo("x"));
		assert.match(
			shown(error).message,
			/frame length 7 is below the descriptor's 64; connection closed/,
		);
		assert.equal(shown((error as RapaceError).cause).kind, "protocol");
	});
});

describe("closing", () => {
	test("fails calls in flight and later ones, and may be done twice", async () => {
		const server = await peer();
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		const pending = failure(echo.echo("x"));
		const stream = echo.count(1)[Symbol.asyncIterator]();
		const reading = failure(stream.next());
		await Promise.all([connection.close(), connection.close()]);
		await connection.close();
		for (const error of [
			await pending,
			await reading,
			await failure(echo.echo("later")),
		]) {
			assert.match(
				shown(error).message,
				/^Echo\.\w+: connection to tcp:\S+ is closed$/,
			);
			assert.equal((error as { reason?: string }).reason, "closed");
		}
		assert.equal(await connection.closed, undefined);
		assert.deepEqual(await stream.next(), { value: undefined, done: true });
	});

	test("is what `await using` does", async () => {
		const server = await peer();
		let kept: Awaited<ReturnType<typeof dial>>;
		{
			await using connection = await dial(server);
			kept = connection;
		}
		assert.equal(await kept.closed, undefined);
		assert.equal(
			shown(await failure(createClient(Echo, kept).echo("x"))).kind,
			"connection",
		);
	});
});

describe("the first part of a frame", () => {
	test("is acknowledged over TCP by a control frame without content, and not over a Unix socket", async () => {
		for (const path of [
			undefined,
			join(tmpdir(), `rapace-${process.pid}-nudge.sock`),
		]) {
			const server = await peer(path);
			server.serve(async ({ channel, payload }, socket) => {
				if (channel !== 0) {
					const frame = answer(channel, DATA | EOS, payload);
					socket.write(frame.subarray(0, 4));
					await sleep(20);
					socket.write(frame.subarray(4));
				}
			});
			const echo = createClient(Echo, await dial(server));
			assert.equal(await echo.echo("x"), "x");
			assert.equal(await echo.echo("y"), "y");
			const nudges = server.seen.filter((request) => request.channel === 0);
			assert.equal(nudges.length, path === undefined ? 2 : 0);
			for (const nudge of nudges) {
				assert.equal(nudge.method, 5);
				assert.equal(nudge.flags, CONTROL);
				assert.equal(nudge.payload.length, 0);
			}
		}
	});
});

describe("the items of a stream", () => {
	function nudges(seen: Request[]): number {
		return seen.filter(
			({ channel, method }) => channel === 0 && method === PING,
		).length;
	}

	test("that come in parts are acknowledged part by part, while more is to come", async () => {
		const server = await peer();
		server.serve(async ({ channel }, socket) => {
			const frame = answer(channel, DATA, [1]);
			let parts = 0;
			for (let i = 0; i < 3; i++) {
				for (const [from, to] of [
					[0, 4],
					[4, 68],
					[68, 69],
				]) {
					socket.write(frame.subarray(from, to));
					parts++;
					await server.until((seen) => nudges(seen) === parts);
				}
			}
			socket.write(answer(channel, EOS));
		});
		const echo = createClient(Echo, await dial(server));
		assert.deepEqual(await collect(echo.count(3)), [1, 1, 1]);
		await sleep(20);
		assert.equal(nudges(server.seen), 9);
	});

	test("that come whole, or over a Unix socket, are not acknowledged", async () => {
		const path = join(tmpdir(), `rapace-${process.pid}-items.sock`);
		for (const [server, cut] of [
			[await peer(), 0],
			[await peer(path), 4],
		] as const) {
			server.serve(async ({ channel }, socket) => {
				const frame = answer(channel, DATA, [1]);
				for (let i = 0; i < 3; i++) {
					socket.write(frame.subarray(0, cut));
					await sleep(5);
					socket.write(frame.subarray(cut));
					await sleep(5);
				}
				socket.write(answer(channel, EOS));
			});
			const echo = createClient(Echo, await dial(server));
			assert.deepEqual(await collect(echo.count(3)), [1, 1, 1]);
			assert.equal(nudges(server.seen), 0);
		}
	});

	test("are acknowledged once for many at a time, and never while that is not written out", async (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const sent: Uint8Array[] = [];
		let events: TransportEvents | undefined;
		const transport = {
			peer: "memory",
			intake: byteStream,
			delaysAcknowledgements: true,
			unsentBytes: 0,
			send(frame: Uint8Array) {
				sent.push(frame);
			},
			start(those: TransportEvents) {
				events = those;
			},
			async close() {},
		};
		const connection = new SingleConnection(transport);
		const stream = createClient(Echo, connection).count(9);
		const first = stream[Symbol.asyncIterator]().next();
		const item = answer(1, DATA, [1]);
		const receive = (bytes: Uint8Array) => events?.received(bytes);
		receive(item.slice(0, 4));
		assert.equal(sent.length, 2);
		receive(item.slice(4));
		for (const [unsentBytes, frames] of [
			[0, 3],
			[1, 3],
			[0, 4],
		] as const) {
			transport.unsentBytes = unsentBytes;
			for (let i = 0; i < 10; i++) {
				receive(item);
			}
			t.mock.timers.tick(1);
			assert.equal(sent.length, frames);
		}
		assert.deepEqual(await first, { value: 1, done: false });
		receive(item);
		await connection.close();
		t.mock.timers.tick(1);
		assert.equal(sent.length, 4);
	});
});

describe("generated code of another version", () => {
	test("is refused before anything is sent, with the cure", async () => {
		const server = await peer();
		const connection = await dial(server);
		const other = { echo: { ...Echo.echo, codegen: 1 as 3 } };
		assert.throws(() => createClient(other, connection), {
			name: "TypeError",
			message:
				"Echo.echo was generated for version 1 of the runtime, and this is version 3: run `rapace gen` again, " +
				"or use the runtime that belongs to the generated code",
		});
	});
});
