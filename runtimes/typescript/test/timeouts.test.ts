/** Calls that are given up, by time or by a signal. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { createClient, type RapaceError } from "../src/index.js";
import {
	answer,
	cancellations,
	collect,
	DATA,
	dial,
	Echo,
	EOS,
	failure,
	peer,
	shown,
	text,
} from "./support.js";

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
		assert.equal(await echo.echo("second", { timeoutMs: 5000 }), "second");
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
