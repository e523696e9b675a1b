/** What happens around calls. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
	createClient,
	type InterceptedCall,
	type Interceptor,
	intercept,
	isRapaceError,
	openTunnel,
	StatusError,
} from "../src/index.js";
import {
	answer,
	DATA,
	dial,
	Echo,
	EOS,
	ERROR,
	failure,
	peer,
	status,
} from "./support.js";

async function served() {
	const server = await peer();
	let failures = 0;
	server.serve(({ channel, method, payload }, socket) => {
		if (method === Echo.count.id) {
			for (const item of [1, 2]) {
				socket.write(answer(channel, DATA, [item]));
			}
			socket.write(answer(channel, EOS));
		} else if (failures-- > 0) {
			socket.write(answer(channel, ERROR | EOS, status(13, "busy")));
		} else {
			socket.write(answer(channel, DATA | EOS, payload));
		}
	});
	return {
		connection: await dial(server),
		server,
		fail: (times: number) => {
			failures = times;
		},
	};
}

describe("interceptors", () => {
	test("stand around calls and streams, the first outermost, and see how they end", async () => {
		const { connection } = await served();
		const log: string[] = [];
		const named = (name: string): Interceptor => ({
			async unary(call, next) {
				log.push(`${name} > ${call.service}.${call.method}(${call.arguments})`);
				const answer = await next(call);
				log.push(`${name} < ${answer}`);
				return answer;
			},
			async *streaming(call, next) {
				log.push(`${name} > ${call.service}.${call.method}`);
				for await (const item of next(call)) {
					log.push(`${name} item ${item}`);
					yield item;
				}
				log.push(`${name} <`);
			},
		});
		const echo = createClient(
			Echo,
			intercept(connection, [named("a"), named("b")]),
		);
		assert.equal(await echo.echo("x"), "x");
		const items: number[] = [];
		for await (const item of echo.count(2)) {
			items.push(item);
		}
		assert.deepEqual(items, [1, 2]);
		assert.deepEqual(log, [
			"a > Echo.echo(x)",
			"b > Echo.echo(x)",
			"b < x",
			"a < x",
			"a > Echo.count",
			"b > Echo.count",
			"b item 1",
			"a item 1",
			"b item 2",
			"a item 2",
			"b <",
			"a <",
		]);
	});

	test("see the call's options, and may change them", async () => {
		const { connection } = await served();
		const seen: InterceptedCall[] = [];
		const { signal } = new AbortController();
		const echo = createClient(
			Echo,
			intercept(connection, [
				{
					unary(call, next) {
						seen.push(call);
						return next({ ...call, arguments: ["other"], timeoutMs: 0 });
					},
				},
			]),
			{ timeoutMs: 700 },
		);
		const error = await failure(echo.echo("x", { signal }));
		assert.ok(isRapaceError(error) && error.code === "InvalidArgument");
		await failure(echo.nothing({ timeoutMs: 5 }));
		assert.deepEqual(seen, [
			{
				service: "Echo",
				method: "echo",
				kind: "unary",
				idempotent: false,
				peer: connection.peer,
				arguments: ["x"],
				signal,
				timeoutMs: 700,
			},
			{
				service: "Echo",
				method: "nothing",
				kind: "unary",
				idempotent: false,
				peer: connection.peer,
				arguments: [],
				signal: undefined,
				timeoutMs: 5,
			},
		]);
	});

	test("make a call again, or do not make it at all", async () => {
		const { connection, server, fail } = await served();
		fail(2);
		const retry: Interceptor = {
			async unary(call, next) {
				for (;;) {
					try {
						return await next(call);
					} catch (error) {
						if (!isRapaceError(error) || error.code !== "Unavailable") {
							throw error;
						}
					}
				}
			},
		};
		assert.equal(
			await createClient(Echo, intercept(connection, [retry])).echo("x"),
			"x",
		);
		assert.equal(server.seen.length, 3);
		const refuse: Interceptor = {
			unary({ method }) {
				const what = "not today";
				throw new StatusError("PermissionDenied", what, false, method);
			},
		};
		const refusing = intercept(connection, [refuse]);
		const echo = createClient(Echo, refusing);
		assert.throws(() => echo.echo("x"), { code: "PermissionDenied" });
		assert.equal(server.seen.length, 3);
		assert.equal(
			await echo
				.count(1)
				[Symbol.asyncIterator]()
				.next()
				.then(({ value }) => value),
			1,
		);
	});

	test("leave the connection as it is, tunnels and all", async () => {
		const { connection } = await served();
		const same = intercept(connection, []);
		assert.equal(same.peer, connection.peer);
		assert.equal(same.state, "connected");
		openTunnel(same, 2);
		assert.equal(same.inFlight, 1);
		await same.close();
		assert.equal(connection.state, "closed");
		assert.equal(await same.closed, undefined);
	});
});
