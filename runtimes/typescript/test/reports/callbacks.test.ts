/** Calls of the peer: a client serves no methods, and says so at once. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient, openTunnel } from "../../src/index.js";
import {
	answer,
	CONTROL,
	calls,
	DATA,
	dial,
	Echo,
	EOS,
	ERROR,
	peer,
	status,
} from "../support.js";

const NO_REPLY = 0x100;

/** A frame with a method: a call, where the channel is the peer's. */
function request(channel: number, method: number, flags: number): Uint8Array {
	const frame = answer(channel, flags, [3]);
	new DataView(frame.buffer).setUint32(16, method, true);
	return frame;
}

/** A client whose peer sends these frames before it answers. */
async function called(...frames: Uint8Array[]) {
	const server = await peer();
	server.serve(({ channel, method }, socket) => {
		if (method === Echo.nothing.id) {
			socket.write(Buffer.concat([...frames, answer(channel, DATA | EOS)]));
		}
	});
	const warnings: string[] = [];
	const onWarning = (warning: string) => warnings.push(warning);
	const connection = await dial(server, { onWarning });
	await createClient(Echo, connection).nothing();
	return { server, connection, warnings };
}

test("a peer that calls back is answered Unimplemented at once, and a warning says so", async () => {
	const { server, connection, warnings } = await called(
		request(2, 0xabc, DATA | EOS),
		request(4, 0xffffffff, DATA | EOS | NO_REPLY),
	);
	await server.until((seen) => calls(seen).length === 3);
	const [, first, second] = calls(server.seen);
	for (const [refusal, channel] of [
		[first, 2],
		[second, 4],
	] as const) {
		assert.equal(refusal?.channel, channel);
		assert.equal(refusal.flags, ERROR | EOS);
		assert.equal(refusal.method, 0);
		assert.deepEqual(
			[...refusal.payload],
			// The wire's number of Unimplemented: `ErrorCode` of rapace 0.5.0.
			[...status(11, "this client serves no methods")],
		);
	}
	assert.deepEqual(warnings, [
		"refused a call of the peer: method 0x00000abc, no handler",
		"refused a call of the peer: method 0xffffffff, no handler",
	]);
	assert.equal(connection.droppedFrames, 0);
});

test("answers to nothing, control frames, errors and a tunnel's bytes are no calls", async () => {
	const { server, connection, warnings } = await called(
		answer(2, DATA, [1]),
		request(1001, 0xabc, DATA | EOS),
		request(4, 0xabc, EOS),
		request(4, 0xabc, ERROR | EOS),
		request(4, 3, CONTROL),
		request(0, 0xabc, DATA | EOS | NO_REPLY),
	);
	const tunnel = openTunnel(connection, 2);
	const { value } = await tunnel.readable.getReader().read();
	assert.deepEqual(value, Uint8Array.of(1));
	await createClient(Echo, connection).nothing();
	assert.equal(calls(server.seen).length, 2);
	assert.deepEqual(warnings, []);
});

test("a peer that calls and reads nothing is not answered without end", async () => {
	const server = await peer();
	server.serve(({ method }, socket) => {
		if (method === Echo.nothing.id) {
			socket.pause();
			const many = Array.from({ length: 1000 }, (_, i) =>
				request(2 + 2 * i, 0xabc, DATA | EOS),
			);
			for (let i = 0; i < 200; i++) {
				socket.write(Buffer.concat(many));
			}
			socket.end();
		}
	});
	let warnings = 0;
	const connection = await dial(server, {
		maxUnsentBytes: 10_000,
		onWarning: () => {
			warnings++;
		},
	});
	await createClient(Echo, connection)
		.nothing()
		.catch(() => {});
	assert.ok(warnings > 0 && warnings < 200_000, String(warnings));
});
