/** Calls of the peer, byte for byte: what runs, what is refused, and what answers. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { ServedCall } from "../src/codegen.js";
import {
	connect,
	createClient,
	createHost,
	type HostOptions,
	listen,
	type NodeConnectOptions,
	StatusError,
} from "../src/node.js";
import {
	BEATS,
	COUNT,
	cancelling,
	ECHO,
	echoing,
	hosted,
	NOTHING,
	STREAM,
	UNARY,
} from "./served.js";
import { DATA, Echo, EOS, ERROR, frame, text } from "./support.js";

/** What a host answers to these frames, and what it logs. */
interface Case {
	readonly name: string;
	readonly frames: readonly Uint8Array[];
	readonly answers: readonly string[];
	readonly logged?: readonly string[];
	readonly options?: HostOptions;
}

const cases: readonly Case[] = [
	{
		name: "one answer",
		frames: [frame(1, ECHO, UNARY, text("hi"))],
		answers: ["1 answer [2,104,105]"],
	},
	{
		name: "an answer in which nothing is",
		frames: [frame(3, NOTHING, UNARY)],
		answers: ["3 answer []"],
	},
	{
		name: "items, then a bare end",
		frames: [frame(1, COUNT, STREAM, [3])],
		answers: ["1 data [0]", "1 data [1]", "1 data [2]", "1 end []"],
	},
	{
		name: "items in which nothing is",
		frames: [frame(1, BEATS, STREAM)],
		answers: ["1 data []", "1 end []"],
	},
	{
		name: "a request without EOS, whose rest is dropped up to its end",
		frames: [
			frame(1, ECHO, DATA, text("a")),
			frame(1, ECHO, DATA, text("b")),
			frame(1, 0, DATA, [7]),
			frame(1, 0, DATA | EOS),
			frame(1, ECHO, UNARY, text("c")),
		],
		answers: ["1 answer [1,97]", "1 answer [1,99]"],
	},
	{
		name: "an unknown method",
		frames: [frame(1, 0x00c0ffee, UNARY, [1])],
		answers: [
			"1 error 11: no method has the id 0x00c0ffee; services here: Echo",
		],
		logged: ["no method has the id 0x00c0ffee; services here: Echo"],
	},
	{
		name: "a channel of the host's own parity",
		frames: [frame(2, ECHO, UNARY, text("a"))],
		answers: [
			"2 error 8: channel 2 belongs to this side: the peer must open odd channels",
		],
		logged: ["channel 2 belongs to this side: the peer must open odd channels"],
	},
	{
		name: "a channel of the host's own parity, where the option has changed it",
		options: { firstChannel: 1 },
		frames: [
			frame(1, ECHO, UNARY, text("a")),
			frame(2, ECHO, UNARY, text("a")),
		],
		answers: [
			"1 error 8: channel 1 belongs to this side: the peer must open even channels",
			"2 answer [1,97]",
		],
		logged: [
			"channel 1 belongs to this side: the peer must open even channels",
		],
	},
	{
		name: "a frame without a method is never a request",
		frames: [frame(5, 0, UNARY, text("a")), frame(2, 0, UNARY, text("a"))],
		answers: [],
	},
	{
		name: "a notification, which nothing answers",
		frames: [frame(0, ECHO, STREAM, text("a"))],
		answers: [],
	},
	{
		name: "requests on channel 0 that want an answer, several at once",
		frames: [
			frame(0, ECHO, UNARY, text("a")),
			frame(0, ECHO, UNARY, text("b")),
		],
		answers: ["0 answer [1,97]", "0 answer [1,98]"],
	},
	{
		name: "a stream called without NO_REPLY",
		frames: [frame(1, COUNT, UNARY, [3]), frame(0, COUNT, UNARY, [3])],
		answers: [
			"1 error 3: streaming request missing NO_REPLY flag",
			"0 error 3: streaming request missing NO_REPLY flag",
		],
		logged: [
			"streaming request missing NO_REPLY flag",
			"streaming request missing NO_REPLY flag",
		],
	},
	{
		name: "one answer called as a stream",
		frames: [frame(1, ECHO, STREAM, text("a"))],
		answers: ["1 error 3: Echo.echo answers once; it was called as a stream"],
		logged: ["Echo.echo answers once; it was called as a stream"],
	},
	{
		name: "a stream as a notification",
		frames: [frame(0, COUNT, STREAM, [3])],
		answers: [],
		logged: [
			"Echo.count answers with a stream; it was called as a notification",
		],
	},
	{
		name: "arguments that end too soon",
		frames: [frame(1, ECHO, UNARY, [5, 97])],
		answers: [
			"1 error 3: cannot read the arguments of Echo.echo: text: length 5, but 1 bytes are left (at byte 0)",
		],
		logged: [
			"cannot read the arguments of Echo.echo: text: length 5, but 1 bytes are left (at byte 0)",
		],
	},
	{
		name: "arguments with bytes after them",
		frames: [frame(1, ECHO, UNARY, [1, 97, 0])],
		answers: [
			"1 error 3: cannot read the arguments of Echo.echo: 1 bytes too many (at byte 2)",
		],
		logged: [
			"cannot read the arguments of Echo.echo: 1 bytes too many (at byte 2)",
		],
	},
	{
		name: "a notification that cannot be read",
		frames: [frame(0, ECHO, STREAM, [5, 97])],
		answers: [],
		logged: [
			"cannot read the arguments of Echo.echo: text: length 5, but 1 bytes are left (at byte 0)",
		],
	},
	{
		name: "cancellations of what never began, of what has ended, and malformed ones",
		frames: [
			cancelling(9),
			frame(1, ECHO, UNARY, text("a")),
			cancelling(1),
			cancelling(1, []),
			cancelling(1, [2]),
			cancelling(1, [1, 1, 0]),
			cancelling(1, [2, 1, 0, 0]),
			cancelling(1, [2, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0]),
		],
		answers: ["1 answer [1,97]"],
	},
	{
		name: "frames of an error with a method are no requests",
		frames: [frame(1, ECHO, ERROR | EOS | DATA, text("a"))],
		answers: [],
	},
];

describe("a host", () => {
	for (const { name, frames, answers, logged = [], options = {} } of cases) {
		test(name, async () => {
			const { peer, log } = await hosted(echoing(), options);
			const probe = options.firstChannel === 1 ? 1000 : 1001;
			peer.send(...frames, frame(probe, ECHO, UNARY, text("!")));
			const told = await peer.told(answers.length + 1);
			// Answers of handlers that wait for nothing are in order.
			assert.deepEqual(
				told.filter((line) => line !== `${probe} answer [1,33]`),
				answers,
			);
			const { localAddress, localPort } = peer.socket;
			const from = `warn: refused a call of tcp://${localAddress}:${localPort}: `;
			assert.deepEqual(
				log.lines,
				logged.map((line) => from + line),
			);
		});
	}
});

describe("failures of a handler", () => {
	const failing = (error: unknown) =>
		echoing({
			echo() {
				throw error;
			},
			async *count(to) {
				yield* [1, 2].slice(0, to);
				throw error;
			},
		});

	test("a status travels with its code and message, from one answer and from a stream", async () => {
		const { peer, log } = await hosted(
			failing(new StatusError("NotFound", "no book")),
		);
		peer.send(frame(1, ECHO, UNARY, text("a")), frame(3, COUNT, STREAM, [2]));
		assert.deepEqual((await peer.told(4)).sort(), [
			"1 error 4: no book",
			"3 data [1]",
			"3 data [2]",
			"3 error 4: no book",
		]);
		// The shortest message is not repeated in the descriptor either.
		assert.ok(
			peer.seen.every(
				({ flags, payloadSlot }) => (flags & ERROR) === 0 || payloadSlot === 0,
			),
		);
		assert.deepEqual(log.lines, []);
	});

	test("a short status has no copy in the descriptor", async () => {
		const { peer } = await hosted(failing(new StatusError("Aborted", "no")));
		peer.send(frame(1, ECHO, UNARY, text("a")));
		const [answer] = await peer.next();
		assert.equal(answer?.payloadSlot, 0);
		assert.ok(answer?.inline.every((byte) => byte === 0));
	});

	test("anything else is Internal without its text, and is logged once with its cause", async () => {
		const secret = new Error("secret");
		const { peer, log } = await hosted(failing(secret));
		peer.send(frame(1, ECHO, UNARY, text("a")));
		assert.deepEqual(await peer.told(), ["1 error 12: Echo.echo failed"]);
		peer.send(frame(0, ECHO, STREAM, text("a")), frame(3, COUNT, STREAM, [1]));
		assert.deepEqual(await peer.told(2), [
			"3 data [1]",
			"3 error 12: Echo.count failed",
		]);
		assert.deepEqual(log.lines, [
			"error: Echo.echo failed",
			"error: Echo.echo failed",
			"error: Echo.count failed",
		]);
		assert.deepEqual(log.causes, [secret, secret, secret]);
	});

	test("what fails on this side in a call of the handler is not its caller's", async () => {
		const { peer, log } = await hosted(
			echoing({
				async echo(what, { connection }) {
					const back = createClient(Echo, connection);
					return await (what === "late"
						? back.echo("back", { timeoutMs: 10 })
						: back.echo(5 as never));
				},
			}),
		);
		peer.send(frame(1, ECHO, UNARY, text("late")));
		// The call of the handler, and its cancellation.
		let [answer] = await peer.told();
		while (answer?.startsWith("1 ") !== true) {
			[answer] = await peer.told();
		}
		assert.equal(answer, "1 error 12: Echo.echo failed");
		peer.send(frame(3, ECHO, UNARY, text("unfit")));
		assert.deepEqual(await peer.told(), ["3 error 12: Echo.echo failed"]);
		assert.deepEqual(
			log.causes.map((cause) => `${cause}`),
			[
				"StatusError: Echo.echo: no answer within 10 ms",
				"EncodeError: Echo.echo: text: expected a string, got number",
			],
		);
	});

	test("a connection that the handler cannot make is not its caller's either", async () => {
		/** It never opens. */
		class Silent {
			close(): void {}
		}
		const to = (address: string, options: NodeConnectOptions) =>
			connect(address, { WebSocket: Silent, ...options });
		const attempts: Record<string, () => Promise<unknown>> = {
			late: () => to("ws://secret.example", { timeoutMs: 10 }),
			aborted: () => to("ws://secret.example", { signal: AbortSignal.abort() }),
			address: () => to("secret.example", {}),
			timeout: () => to("ws://secret.example", { timeoutMs: -1 }),
			listen: () => listen(createHost([]), "secret.example"),
		};
		const { peer, log } = await hosted(
			echoing({
				async echo(what) {
					await attempts[what]?.();
					return what;
				},
			}),
		);
		for (const what of Object.keys(attempts)) {
			peer.send(frame(1, ECHO, UNARY, text(what)));
			assert.deepEqual(await peer.told(), ["1 error 12: Echo.echo failed"]);
		}
		assert.deepEqual(
			log.causes.map((cause) => (cause as StatusError).code),
			[
				"DeadlineExceeded",
				"Cancelled",
				"InvalidArgument",
				"InvalidArgument",
				"InvalidArgument",
			],
		);
	});

	test("the text travels where the host says so", async () => {
		for (const [error, what] of [
			[new Error("secret"), "secret"],
			["text", "text"],
			[undefined, "undefined"],
			[Object.create(null), "an error without a text"],
		] as const) {
			const { peer } = await hosted(failing(error), { errorTexts: true });
			peer.send(frame(1, ECHO, UNARY, text("a")));
			const answers = await peer.told();
			assert.deepEqual(answers, [`1 error 12: Echo.echo failed: ${what}`]);
		}
	});

	test("an answer or item that cannot be written", async () => {
		const closed: string[] = [];
		const { peer, log } = await hosted(
			echoing({
				echo: () => 5 as never,
				async *count() {
					try {
						yield 1;
						yield -1;
					} finally {
						closed.push("closed");
					}
				},
			}),
		);
		peer.send(frame(1, ECHO, UNARY, text("a")), frame(3, COUNT, STREAM, [1]));
		assert.deepEqual(await peer.told(3), [
			"1 error 12: the answer of Echo.echo cannot be sent",
			"3 data [1]",
			"3 error 12: the answer of Echo.count cannot be sent",
		]);
		assert.deepEqual(closed, ["closed"]);
		assert.deepEqual(log.lines, [
			"error: the answer of Echo.echo cannot be sent: expected a string, got number",
			"error: the answer of Echo.count cannot be sent: -1 is not an integer from 0 to 4294967295",
		]);
	});

	test("an answer that is longer than a frame", async () => {
		const { peer } = await hosted(echoing({ echo: () => "x".repeat(1000) }), {
			maxFrameBytes: 1000,
		});
		peer.send(frame(1, ECHO, UNARY, text("a")));
		assert.deepEqual(await peer.told(), [
			"1 error 7: frame length 1066 of the answer exceeds the limit of 1000 bytes",
		]);
		const { peer: other } = await hosted(
			echoing({ echo: () => "x".repeat(16 * 1024 * 1024 + 1) }),
		);
		other.send(frame(1, ECHO, UNARY, text("a")));
		assert.deepEqual(await other.told(), [
			"1 error 7: frame length 16777285 of the answer exceeds the limit of 16777216 bytes",
		]);
	});

	test("a stream's function that returns no stream", async () => {
		const { peer, log } = await hosted(echoing({ count: () => 5 as never }));
		peer.send(frame(1, COUNT, STREAM, [1]));
		assert.deepEqual(await peer.told(), ["1 error 12: Echo.count failed"]);
		assert.match(String(log.causes[0]), /returned no async iterable/);
	});
});

describe("limits of a connection", () => {
	/** A handler whose calls of `echo` wait until they are answered. */
	function waiting() {
		const answers: ((text: string) => void)[] = [];
		const calls: ServedCall[] = [];
		const handler = echoing({
			echo: (_, call) => {
				calls.push(call);
				return new Promise((resolve) => answers.push(resolve));
			},
		});
		return { handler, answers, calls };
	}

	test("one call more than may run is refused before its arguments are read", async () => {
		const { handler, answers } = waiting();
		const { peer } = await hosted(handler, { maxServedCalls: 2 });
		peer.send(
			frame(1, ECHO, UNARY, text("a")),
			frame(0, ECHO, UNARY, text("b")),
			frame(5, ECHO, UNARY, [9]),
		);
		assert.deepEqual(await peer.told(), [
			"5 error 7: 2 calls run on this connection already",
		]);
		answers[0]?.("done");
		await peer.next();
		peer.send(frame(5, ECHO, UNARY, [9]));
		assert.match((await peer.told())[0] ?? "", /^5 error 3: cannot read/);
	});

	test("requests beyond the bytes that may run are refused, and one alone runs", async () => {
		const { handler, answers } = waiting();
		const { peer } = await hosted(handler, { maxServedBytes: 4 });
		peer.send(frame(1, ECHO, UNARY, text("longer")), frame(3, NOTHING, UNARY));
		assert.deepEqual(await peer.told(), [
			"3 error 7: requests of 7 bytes run on this connection already, the limit is 4",
		]);
		answers[0]?.("done");
		await peer.next();
		peer.send(frame(3, NOTHING, UNARY));
		assert.deepEqual(await peer.told(), ["3 answer []"]);
	});

	test("a channel that carries a call: one error, and other calls go on", async () => {
		const { handler, answers, calls } = waiting();
		const { peer } = await hosted(handler);
		peer.send(
			frame(1, ECHO, UNARY, text("a")),
			frame(3, ECHO, UNARY, text("b")),
			frame(1, ECHO, UNARY, text("c")),
		);
		assert.deepEqual(await peer.told(), [
			"1 error 8: channel 1 carries a call already",
		]);
		assert.equal(calls[0]?.signal.aborted, true);
		assert.equal(calls[1]?.signal.aborted, false);
		answers[0]?.("late");
		answers[1]?.("b");
		peer.send(frame(1, NOTHING, UNARY));
		assert.deepEqual(await peer.told(2), ["3 answer [1,98]", "1 answer []"]);
	});

	test("a request on a stale channel of ours is dropped", async () => {
		const calls: ServedCall[] = [];
		const { peer, host } = await hosted(
			echoing({
				nothing: async (call) => {
					calls.push(call);
				},
			}),
		);
		peer.send(frame(1, NOTHING, UNARY));
		await peer.next();
		const [call] = calls;
		assert.ok(call !== undefined);
		const tunnel = call.openTunnel();
		assert.equal(tunnel.channel, 2);
		tunnel.readable.cancel().catch(() => {});
		await tunnel.writable.close();
		await peer.next();
		// The peer has not ended it: what it sends there is dropped.
		peer.send(frame(2, ECHO, UNARY, text("a")), frame(3, NOTHING, UNARY));
		assert.deepEqual(await peer.told(), ["3 answer []"]);
		assert.equal(host.serving, 0);
	});
});
