/** A session has two sides: the calls that it makes, and those that its peer makes on channels of the other parity. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { memoryLayers, openTunnel, SingleConnection } from "../src/index.js";
import { takeEarly } from "../src/session/early.js";
import type { Exchange } from "../src/session/exchange.js";
import { Session } from "../src/session.js";
import {
	CONTROL,
	DATA,
	EOS,
	ERROR,
	frame,
	requests,
	sleep,
	status,
} from "./support.js";

const METHOD = 0x00c0ffee;

/** A session whose calls use channels from `first` on, and what it reports. */
function sided(first: 1 | 2) {
	const session = new Session({}, first);
	const heard: string[] = [];
	session.onRequest = (channel, method, flags, memory, start, end) => {
		const payload = [...memory.subarray(start, end)].join(",");
		heard.push(`${channel} ${method.toString(16)} ${flags} [${payload}]`);
	};
	const exchange = (form: Exchange["form"]): Exchange => ({
		method: "Test.method",
		form,
		deadline: Number.POSITIVE_INFINITY,
		expire() {},
		item: (memory, start, end) =>
			heard.push(`item ${memory.slice(start, end)}`),
		end: () => heard.push("end"),
		fail: (error) => heard.push(error.message),
	});
	const receive = (...frames: Uint8Array[]) => {
		for (const each of frames) {
			session.receive(each, 4);
		}
		return heard.splice(0);
	};
	const open = () =>
		session.open(
			exchange("unary"),
			METHOD,
			session.write(() => {}, []),
		);
	return { session, exchange, receive, open };
}

for (const first of [1, 2] as const) {
	// The peer's first channel.
	const theirs = 3 - first;

	describe(`a session whose first channel is ${first}`, () => {
		test("calls on channels of its parity, which start again at the end", () => {
			const { session, open } = sided(first);
			assert.deepEqual([open(), open(), open()], [first, first + 2, first + 4]);
			const last = 0xffff_fffe + (first % 2);
			Object.assign(session.channels, { upcoming: last });
			assert.deepEqual([open(), open()], [last, first + 6]);
		});

		test("hands its own answers to its calls, whatever method they name", () => {
			const { receive, open } = sided(first);
			const channel = open();
			const heard = receive(frame(channel, METHOD, DATA | EOS, [7]));
			assert.deepEqual(heard, ["item 7", "end"]);
		});

		test("receives the requests of the peer, which are no data of a tunnel", () => {
			const { session, receive, exchange } = sided(first);
			assert.deepEqual(
				receive(
					frame(theirs, METHOD, DATA | EOS, [1, 2]),
					frame(theirs + 2, METHOD, DATA, [3]),
				),
				[`${theirs} c0ffee 5 [1,2]`, `${theirs + 2} c0ffee 1 [3]`],
			);
			// The rest of a request is dropped up to its end. Then the channel is free again.
			assert.deepEqual(
				receive(
					frame(theirs + 2, METHOD, DATA, [4]),
					frame(theirs + 2, 0, DATA | EOS, [5]),
				),
				[],
			);
			assert.equal(session.droppedFrames, 2);
			assert.deepEqual(receive(frame(theirs + 2, METHOD, DATA | EOS)), [
				`${theirs + 2} c0ffee 5 []`,
			]);
			assert.equal(session.early.frames.length, 0);
			assert.deepEqual(takeEarly(session.early, theirs), []);
			session.attach(exchange("tunnel"), theirs);
			// On an open tunnel the method id means nothing.
			assert.deepEqual(receive(frame(theirs, METHOD, DATA, [6])), ["item 6"]);
		});

		test("keeps what comes without a method for a tunnel of the peer's parity", () => {
			const { session, receive } = sided(first);
			receive(frame(theirs, 0, DATA, [1]), frame(first, 0, DATA, [2]));
			assert.equal(session.droppedFrames, 2);
			assert.deepEqual(takeEarly(session.early, first), []);
			assert.deepEqual(takeEarly(session.early, theirs), [
				[DATA, Uint8Array.of(1)],
			]);
			assert.equal(session.early.size, 0);
			assert.equal(session.droppedFrames, 1);
		});

		test("drops what is neither a request nor data of a tunnel", () => {
			const { session, receive } = sided(first);
			const frames = [
				frame(first + 98, METHOD, DATA | EOS, [1]),
				frame(theirs, METHOD, EOS),
				frame(theirs, METHOD, DATA | ERROR | EOS, status(4, "no")),
			];
			assert.deepEqual(receive(...frames), []);
			assert.equal(session.droppedFrames, 3);
			receive(
				frame(0, METHOD, DATA | EOS, [1]),
				frame(theirs, METHOD, CONTROL | DATA),
			);
			assert.equal(session.droppedFrames, 3);
			assert.equal(session.early.frames.length, 0);
		});
	});
}

describe("a client", () => {
	test("answers a request with Unimplemented, and reports it", async () => {
		const [near, far] = memoryLayers();
		const warnings: string[] = [];
		const connection = new SingleConnection(near, {
			onWarning: (warning) => warnings.push(warning),
		});
		const answers: Uint8Array[] = [];
		far.start({
			received: (bytes) => answers.push(bytes),
			sent() {},
			ended() {},
		});
		far.send(frame(2, METHOD, DATA | EOS, [7]));
		far.send(frame(4, 0, DATA, [8]));
		await sleep(1);
		const [found] = requests(Uint8Array.from(Buffer.concat(answers)));
		assert.deepEqual(
			found.map(({ channel, method, flags, payload }) => ({
				channel,
				method,
				flags,
				payload,
			})),
			[
				{
					channel: 2,
					method: 0,
					flags: ERROR | EOS,
					payload: status(11, "this client serves no methods"),
				},
			],
		);
		assert.deepEqual(warnings, [
			"refused a call of the peer: method 0x00c0ffee, no handler",
		]);
		// The channel of a request has no early data, and that of a tunnel has.
		assert.equal(connection.droppedFrames, 1);
		const reader = openTunnel(connection, 4).readable.getReader();
		assert.deepEqual((await reader.read()).value, Uint8Array.of(8));
		await connection.close();
	});
});
