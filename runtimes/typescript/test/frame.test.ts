import assert from "node:assert/strict";
import { describe, test } from "node:test";

import fc from "fast-check";
import { DATA, EOS, HEADER_BYTES } from "../src/descriptor.js";
import { ProtocolError } from "../src/errors.js";
import { open, seal } from "../src/frame.js";
import { FrameParser } from "../src/parser.js";
import { answer, frame, requests } from "./support.js";

const LIMIT = 1000;

type Seen = [channel: number, method: number, flags: number, payload: number[]];

function parser(seen: Seen[]): FrameParser {
	return new FrameParser(LIMIT, (memory, start, end) => {
		open(memory, start, end, LIMIT, (channel, method, flags, _, from, to) => {
			seen.push([channel, method, flags, [...memory.subarray(from, to)]]);
		});
	});
}

describe("frames that are sent", () => {
	test("every field is where rapace 0.5.0 has it", () => {
		const frame = new Uint8Array(HEADER_BYTES + 3);
		frame.set([7, 8, 9], HEADER_BYTES);
		seal(frame, 2 ** 32 + 5, 3, 0x9d9a0007, DATA | EOS);
		assert.equal(
			Buffer.from(frame).toString("hex"),
			"43000000" + // length: 64 + 3
				"0500000001000000" + // msg_id
				"03000000" + // channel_id
				"07009a9d" + // method_id
				"ffffffff" + // payload_slot: inline
				"00000000" + // payload_generation
				"00000000" + // payload_offset
				"03000000" + // payload_len
				"05000000" + // flags
				"00000000" + // credit_grant
				"ffffffffffffffff" + // deadline_ns: none
				"07080900000000000000000000000000" + // inline_payload
				"070809",
		);
	});

	test("a payload beyond 16 bytes is not inline", () => {
		const frame = new Uint8Array(HEADER_BYTES + 17).fill(1, HEADER_BYTES);
		seal(frame, 1, 1, 0, DATA);
		const [[request]] = requests(frame);
		assert.equal(request?.payloadSlot, 0);
		assert.equal(request?.payloadLength, 17);
		assert.deepEqual(request?.inline, new Uint8Array(16));
	});
});

describe("bytes that are received", () => {
	test("in any pieces they are the same frames", () => {
		const frames = fc.array(
			fc.tuple(
				fc.integer({ min: 0, max: 2 ** 32 - 1 }),
				fc.integer({ min: 0, max: 2 ** 32 - 1 }),
				fc.uint8Array({ maxLength: 200 }),
			),
			{
				maxLength: 8,
			},
		);
		fc.assert(
			fc.property(
				frames,
				fc.infiniteStream(fc.integer({ min: 1, max: 150 })),
				(frames, sizes) => {
					const bytes = Buffer.concat(
						frames.map(([channel, method, payload]) =>
							frame(channel, method, DATA, payload),
						),
					);
					const seen: Seen[] = [];
					const frameParser = parser(seen);
					let from = 0;
					for (const size of sizes) {
						if (from >= bytes.length) {
							break;
						}
						frameParser.push(
							Uint8Array.from(bytes.subarray(from, from + size)),
						);
						from += size;
					}
					assert.deepEqual(
						seen,
						frames.map(([channel, method, payload]) => [
							channel,
							method,
							DATA,
							[...payload],
						]),
					);
					assert.equal(frameParser.waiting, false);
				},
			),
		);
	});

	test("payloads are not overwritten by what comes later", () => {
		const payloads: Uint8Array[] = [];
		const frameParser = new FrameParser(LIMIT, (memory, start, end) => {
			payloads.push(memory.subarray(start + 64, end));
		});
		for (const value of [1, 2, 3]) {
			const frame = answer(1, DATA, new Array(100).fill(value));
			frameParser.push(frame.slice(0, 90));
			frameParser.push(frame.slice(90));
		}
		assert.deepEqual(
			payloads.map((payload) => payload[99]),
			[1, 2, 3],
		);
	});

	test("waiting tells that part of a frame is there", () => {
		const frameParser = parser([]);
		const frame = answer(1, DATA, [1, 2, 3]);
		for (const size of [1, 4, 68, 70]) {
			frameParser.push(frame.slice(0, size));
			assert.equal(frameParser.waiting, true, `${size} bytes`);
			frameParser.push(frame.slice(size));
			assert.equal(frameParser.waiting, false);
		}
	});

	test("inParts tells that the peer was seen to write the head of a frame alone", () => {
		const frame = answer(1, DATA, [1, 2, 3]);
		const whole = Buffer.concat([frame, frame]);
		const cases: [name: string, pieces: Uint8Array[], inParts: boolean][] = [
			["length alone", [frame.slice(0, 4), frame.slice(4)], true],
			["length and descriptor", [frame.slice(0, 68), frame.slice(68)], true],
			["whole", [frame, frame], false],
			["two at once", [whole], false],
			[
				"a frame, and the head of one",
				[whole.subarray(0, 75), whole.subarray(75)],
				false,
			],
			[
				"a cut in a payload",
				[whole.subarray(0, 70), whole.subarray(70)],
				false,
			],
		];
		for (const [name, pieces, inParts] of cases) {
			const frameParser = parser([]);
			for (const piece of pieces) {
				frameParser.push(Uint8Array.from(piece));
			}
			assert.equal(frameParser.inParts, inParts, name);
		}
	});

	for (const [length, what] of [
		[63, "frame length 63 is below the descriptor's 64"],
		[0, "frame length 0 is below the descriptor's 64"],
		[1001, "frame length 1001 exceeds limit 1000"],
		[0xffff_ffff, "frame length 4294967295 exceeds limit 1000"],
	] as const) {
		test(what, () => {
			const prefix = Uint8Array.from(
				[0, 8, 16, 24],
				(shift) => (length >>> shift) & 0xff,
			);
			for (const pieces of [[prefix], [prefix.slice(0, 3), prefix.slice(3)]]) {
				const frameParser = parser([]);
				assert.throws(
					() => {
						for (const piece of pieces) {
							frameParser.push(piece);
						}
					},
					(error) => error instanceof ProtocolError && error.message === what,
				);
			}
		});
	}

	test("a promised length costs no memory before its bytes arrive", () => {
		const frameParser = new FrameParser(2 ** 31, () => {});
		const before = process.memoryUsage().arrayBuffers;
		frameParser.push(Uint8Array.of(0, 0, 0, 0x40));
		assert.ok(process.memoryUsage().arrayBuffers - before < 1024 * 1024);
	});
});
