/** Cancellation and back-pressure of served calls. */

import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import type { ServedCall } from "../src/codegen.js";
import { connect, createClient, memoryConnection } from "../src/node.js";
import {
	COUNT,
	cancelling,
	ECHO,
	echoing,
	hosted,
	Log,
	NOTHING,
	STREAM,
	UNARY,
} from "./served.js";
import { Echo, failure, frame, isStatus, text } from "./support.js";

/** Resolves after the work that is due now. */
function turn(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

async function until(holds: () => boolean): Promise<void> {
	while (!holds()) {
		await turn();
	}
}

/** An event that a test waits for. */
function event<Value = void>() {
	let happens!: (value: Value) => void;
	const happened = new Promise<Value>((resolve) => {
		happens = resolve;
	});
	return { happened, happens };
}

const folder = mkdtempSync(join(tmpdir(), "rapace"));
let sockets = 0;

/** A Unix socket, of which the system holds little for a peer that does not read. */
function socket(): string {
	return `unix://${join(folder, `${++sockets}.sock`)}`;
}

describe("a call that its caller cancels", () => {
	test("tells the handler, answers at once, and drops the late answer", async () => {
		const began = event<ServedCall>();
		const finish = event<string>();
		const { peer, host, log } = await hosted(
			echoing({
				echo(_, call) {
					began.happens(call);
					return finish.happened;
				},
			}),
		);
		peer.send(frame(1, ECHO, UNARY, text("a")));
		const call = await began.happened;
		peer.send(cancelling(1));
		assert.deepEqual(await peer.told(), ["1 error 1: cancelled"]);
		assert.equal(call.signal.aborted, true);
		assert.equal(host.serving, 0);
		finish.happens("late");
		peer.send(frame(1, NOTHING, UNARY));
		assert.deepEqual(await peer.told(), ["1 answer []"]);
		assert.deepEqual(log.lines, []);
	});

	test("closes a generator at its yield, and one that goes on is dropped", async () => {
		const closed: string[] = [];
		const began = event();
		const goOn = event();
		const { peer, log } = await hosted(
			echoing({
				async *count() {
					try {
						yield 1;
						began.happens();
						await goOn.happened;
						yield 2;
						yield 3;
					} finally {
						closed.push("closed");
					}
				},
			}),
		);
		peer.send(frame(1, COUNT, STREAM, [9]));
		await began.happened;
		peer.send(cancelling(1));
		assert.deepEqual(await peer.told(2), [
			"1 data [1]",
			"1 error 1: cancelled",
		]);
		goOn.happens();
		await until(() => closed.length > 0);
		peer.send(frame(3, NOTHING, UNARY));
		assert.deepEqual(await peer.told(), ["3 answer []"]);
		assert.deepEqual(log.lines, []);
	});

	test("whose generator fails in its clean-up, which is logged", async () => {
		const began = event();
		const { peer, log } = await hosted(
			echoing({
				async *count(_, { signal }) {
					try {
						yield 1;
						began.happens();
						await new Promise((resolve) =>
							signal.addEventListener("abort", resolve),
						);
						yield 2;
					} finally {
						// biome-ignore lint/correctness/noUnsafeFinally: what a clean-up may do.
						throw new Error("clean-up");
					}
				},
			}),
		);
		peer.send(frame(1, COUNT, STREAM, [9]));
		await began.happened;
		peer.send(cancelling(1));
		assert.deepEqual(await peer.told(2), [
			"1 data [1]",
			"1 error 1: cancelled",
		]);
		assert.deepEqual(await log.until(1), [
			"error: closing the stream of Echo.count failed",
		]);
	});

	test("when the connection is lost: nothing is sent, and all are told", async () => {
		const calls: ServedCall[] = [];
		const closed: number[] = [];
		const { peer, host } = await hosted(
			echoing({
				echo: (_, call) => {
					calls.push(call);
					return new Promise(() => {});
				},
				async *count(to, call) {
					calls.push(call);
					try {
						for (;;) {
							yield to;
						}
					} finally {
						closed.push(to);
					}
				},
			}),
			{ maxUnsentBytes: 1000 },
			socket(),
		);
		peer.socket.pause();
		peer.send(frame(1, ECHO, UNARY, text("a")), frame(3, COUNT, STREAM, [7]));
		await until(() => calls.length === 2);
		peer.socket.destroy();
		await until(() => closed.length === 1 && host.connections === 0);
		for (const { signal } of calls) {
			assert.equal(signal.aborted, true);
			assert.match(String(signal.reason), /connection lost/);
		}
	});

	test("by our own client: a signal, a timeout, and a loop that is left", async () => {
		const aborted: string[] = [];
		const { address } = await hosted(
			echoing({
				echo: (text, { signal }) =>
					new Promise((_, reject) => {
						signal.addEventListener("abort", () => {
							aborted.push(text);
							reject(signal.reason);
						});
					}),
				async *count(to) {
					try {
						for (let i = 0; ; i++) {
							yield i;
						}
					} finally {
						aborted.push(`${to}`);
					}
				},
			}),
		);
		const connection = await connect(address);
		const client = createClient(Echo, connection);
		const controller = new AbortController();
		const call = client.echo("signal", { signal: controller.signal });
		await until(() => connection.inFlight === 1);
		controller.abort();
		assert.ok(isStatus(await failure(call), "Cancelled"));
		const late = await failure(client.echo("timeout", { timeoutMs: 10 }));
		assert.ok(isStatus(late, "DeadlineExceeded"));
		for await (const item of client.count(3)) {
			if (item === 5) {
				break;
			}
		}
		await until(() => aborted.length === 3);
		assert.deepEqual(aborted, ["signal", "timeout", "3"]);
		await connection.close();
	});
});

describe("a peer that does not read", () => {
	test("stops a stream at its yield, and others' requests are read", async () => {
		let made = 0;
		const began: string[] = [];
		const { peer, host } = await hosted(
			echoing({
				async *count() {
					for (;;) {
						made++;
						yield made;
					}
				},
				echo(text) {
					began.push(text);
					return text;
				},
			}),
			{ maxUnsentBytes: 10_000 },
			socket(),
		);
		peer.socket.pause();
		peer.send(frame(1, COUNT, STREAM, [1]));
		// The system takes some, and then no more.
		let last = -1;
		await until(() => made > 100);
		for (let same = 0; same < 20; ) {
			await turn();
			same = made === last ? same + 1 : 0;
			last = made;
		}
		peer.send(frame(3, ECHO, UNARY, text("read")));
		await until(() => began.length === 1);
		assert.equal(host.serving, 2);
		// Its answer waits too, and comes in its turn.
		peer.socket.resume();
		await until(() => peer.seen.some(({ channel }) => channel === 3));
		peer.send(cancelling(1));
		await until(() => host.serving === 0);
	});

	test("makes answers wait before they are written, within the limits", async () => {
		let written = 0;
		const { peer, host, log } = await hosted(
			echoing({
				echo: () => {
					written++;
					return "x".repeat(100_000);
				},
			}),
			{ maxUnsentBytes: 100_000, maxServedCalls: 50 },
			socket(),
		);
		peer.socket.pause();
		const requests = Array.from({ length: 300 }, (_, i) =>
			frame(2 * i + 1, ECHO, UNARY, text("a")),
		);
		peer.send(...requests);
		// Some leave while the system still takes them; the others wait.
		await until(() => written >= 50 && host.serving > 40);
		peer.socket.resume();
		await until(() => peer.seen.length >= 300);
		const refused = peer.seen.filter(({ flags }) => (flags & 0x10) !== 0);
		assert.equal(refused.length, 300 - written);
		// A peer must not fill the log.
		assert.equal(log.lines.length, Math.min(refused.length, 101));
		assert.equal(host.serving, 0);
	});

	test("and goes on to cause refusals is closed, with that reason", async () => {
		const log = new Log();
		const { peer } = await hosted(
			echoing({ echo: () => "x".repeat(4000) }),
			{
				maxUnsentBytes: 2000,
				logger: log,
			},
			socket(),
		);
		peer.socket.pause();
		const refused = Buffer.concat(
			Array.from({ length: 2000 }, () => frame(1, 0x00c0ffee, UNARY)),
		);
		let closed = false;
		void peer.closed.then(() => {
			closed = true;
		});
		while (!closed && !log.lines.some((line) => /does not read/.test(line))) {
			await new Promise((resolve) => peer.socket.write(refused, resolve));
			await turn();
		}
		assert.ok(
			log.lines.some((line) =>
				/the peer does not read: \d+ bytes wait to be sent, and 2000 may; connection closed/.test(
					line,
				),
			),
		);
		peer.socket.resume();
		await peer.closed;
	});
});

describe("a stream that never waits", () => {
	test("lets other calls run, in memory too", async () => {
		const connection = memoryConnection(
			echoing({
				async *count() {
					for (let i = 0; ; i++) {
						yield i;
					}
				},
			}),
		);
		const client = createClient(Echo, connection);
		let seen = 0;
		const reading = (async () => {
			for await (const item of client.count(1)) {
				seen = item;
				if (item === 10_000) {
					break;
				}
			}
		})();
		assert.equal(await client.echo("between"), "between");
		await reading;
		assert.equal(seen, 10_000);
		await connection.close();
	});
});
