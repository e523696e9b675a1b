/** Unary calls over real sockets, against a peer that follows a script. */

import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import type { CallOptions, Method } from "../src/codegen.js";
import {
	createClient,
	MAX_UNSENT_BYTES,
	type RapaceError,
} from "../src/index.js";
import {
	answer,
	calls,
	cancellations,
	collect,
	DATA,
	dial,
	Echo,
	EOS,
	ERROR,
	failure,
	peer,
	shown,
	sleep,
	status,
	text,
} from "./support.js";

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
		const { kind, name, id } = Echo.nothing;
		type Call = (
			to: { readonly n: number },
			options?: CallOptions,
		) => Promise<void>;
		const method: Method<Call> = {
			kind,
			name,
			id,
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
