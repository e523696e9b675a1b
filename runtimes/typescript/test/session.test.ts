import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HEADER_BYTES } from "../src/descriptor.js";
import {
	ConnectionError,
	type RapaceError,
	StatusError,
} from "../src/errors.js";
import { MAX_ABANDONED_CALLS, MAX_CALLS } from "../src/limits.js";
import { FrameParser } from "../src/parser.js";
import type { Reader } from "../src/postcard/reader.js";
import type { Writer } from "../src/postcard/writer.js";
import type { Exchange } from "../src/session/exchange.js";
import { Session } from "../src/session.js";
import {
	answer,
	CONTROL,
	DATA,
	EOS,
	ERROR,
	type Request,
	requests,
	status,
} from "./support.js";

/** A call that writes down what it hears. */
class Recorder implements Exchange {
	readonly method = "Test.method";
	deadline: number = Number.POSITIVE_INFINITY;
	readonly form: "unary" | "streaming";
	readonly heard: string[] = [];
	error: RapaceError | undefined;

	constructor(kind: "unary" | "stream") {
		this.form = kind === "stream" ? "streaming" : "unary";
	}
	item(memory: Uint8Array, start: number, end: number): void {
		this.heard.push(`item ${[...memory.subarray(start, end)].join(",")}`);
	}
	expire(): void {
		this.heard.push("expire");
	}
	end(): void {
		this.heard.push("end");
	}
	fail(error: RapaceError): void {
		this.error = error;
		this.heard.push(`${error.code}: ${error.message}`);
	}
}

function encodeBytes(w: Writer, bytes: readonly number[]): void {
	for (const byte of bytes) {
		w.u8(byte, "");
	}
}

/** Takes whole frames, as a stream socket brings them. */
function receive(session: Session, frames: Uint8Array): void {
	new FrameParser(session.maxFrameBytes, (memory, start, end) =>
		session.receive(memory, start, end),
	).push(frames);
}

function open(
	session: Session,
	kind: "unary" | "stream",
	payload: readonly number[] = [],
): [Recorder, Request, number] {
	const recorder = new Recorder(kind);
	const frame = session.write(encodeBytes, [payload], recorder.method);
	const channel = session.open(recorder, 99, frame);
	const [[request]] = requests(frame);
	assert.ok(request);
	return [recorder, request, channel];
}

describe("requests", () => {
	test("channels are odd and ascend, messages are numbered from 1", () => {
		const session = new Session();
		for (const [i, kind] of (["unary", "stream", "unary"] as const).entries()) {
			const [, request] = open(session, kind, [1, 2]);
			assert.equal(request.channel, 2 * i + 1);
			assert.equal(request.messageId, BigInt(i + 1));
			assert.equal(request.method, 99);
			assert.equal(request.flags, kind === "unary" ? 0x05 : 0x105);
			assert.equal(request.deadline, 0xffff_ffff_ffff_ffffn);
			assert.deepEqual([...request.payload], [1, 2]);
		}
		assert.equal(session.inFlight, 3);
	});

	test("a refused argument leaves nothing open", () => {
		const session = new Session();
		assert.throws(
			() => session.write((w) => w.u8(256, "n"), [], "Test.method"),
			{
				message: "Test.method: n: 256 is not an integer from 0 to 255",
			},
		);
		assert.equal(session.inFlight, 0);
		const [, request] = open(session, "unary");
		assert.equal(request.channel, 1);
	});

	test("65,536 calls are in flight at most, and one that ends makes room", () => {
		const session = new Session();
		for (let i = 0; i < MAX_CALLS; i++) {
			open(session, "unary");
		}
		assert.equal(session.inFlight, 65_536);
		assert.throws(
			() => open(session, "unary"),
			(error: RapaceError) => {
				assert.equal(error.code, "ResourceExhausted");
				assert.equal(
					error.message,
					"Test.method: 65536 calls are in flight, of at most 65536",
				);
				return true;
			},
		);
		receive(session, answer(1, DATA | EOS));
		open(session, "unary");
	});

	test("arguments whose reading makes and gives up other calls are written as they are", () => {
		const session = new Session();
		const [, , other] = open(session, "unary");
		const inner: Uint8Array[] = [];
		const frame = session.write((writer) => {
			writer.u8(1, "a");
			const nested = session.write((w) => w.u8(7, "b"), []);
			session.open(new Recorder("unary"), 2, nested);
			inner.push(
				nested,
				session.cancel(other, "ClientCancel") as Uint8Array,
				session.control(new Uint8Array(HEADER_BYTES), 5),
			);
			writer.u8(2, "a");
		}, []);
		session.open(new Recorder("unary"), 1, frame);
		const [[outer]] = requests(frame);
		assert.deepEqual(outer && [outer.method, ...outer.payload], [1, 1, 2]);
		const [found, rest] = requests(Buffer.concat(inner));
		assert.equal(rest.length, 0);
		assert.deepEqual(
			found.map(({ method, payload }) => [method, ...payload]),
			[[2, 7], [3, 2, 1, 0], [5]],
		);
	});

	test("values nest, and hold items without bytes, as far as the session allows", () => {
		const session = new Session({ maxDepth: 2, maxZeroSizedItems: 3 });
		for (const coder of [session.reader, "writer"] as const) {
			const run = (check: (w: Reader | Writer) => void) =>
				coder === "writer"
					? session.write(check, [])
					: coder.read(check, new Uint8Array());
			run((w) => {
				w.nest();
				w.nest();
				w.emptyItems(3);
			});
			const nest = (w: Reader | Writer) => {
				for (let i = 0; i < 3; i++) {
					w.nest();
				}
			};
			assert.throws(() => run(nest), /nested deeper than the limit of 2/);
			const hold = (w: Reader | Writer) => w.emptyItems(4);
			assert.throws(() => run(hold), /more than 3 items without bytes/);
		}
	});

	test("the calls whose deadline has come are told, and the earliest of the others is known", () => {
		const session = new Session();
		const deadlines = [5, 20, Number.POSITIVE_INFINITY, 10, 30];
		const recorders = deadlines.map((deadline) => {
			const [recorder] = open(session, "unary");
			recorder.deadline = deadline;
			return recorder;
		});
		assert.equal(session.expire(10), 20);
		assert.deepEqual(
			recorders.map((recorder) => recorder.heard),
			[["expire"], [], [], ["expire"], []],
		);
		assert.equal(new Session().expire(0), Number.POSITIVE_INFINITY);
	});

	test("ids come round again: odd, never 0, and none that is live or given up", () => {
		const session = new Session();
		const [stream] = open(session, "stream");
		const [, , second] = open(session, "unary");
		session.cancel(second, "ClientCancel");
		const at = (upcoming: number, count: number) => {
			Object.assign(session.channels, { upcoming });
			return Array.from({ length: count }, () => open(session, "unary"));
		};
		const calls = at(0xffff_fffb, 4);
		const channels = calls.map(([, { channel }]) => channel);
		assert.deepEqual(channels, [0xffff_fffb, 0xffff_fffd, 0xffff_ffff, 5]);
		for (const [i, channel] of channels.entries()) {
			receive(session, answer(channel, DATA, [i]));
			assert.deepEqual(calls[i]?.[0].heard, [`item ${i}`, "end"]);
		}
		// Those are over, and so is the one that was given up.
		receive(session, answer(second, DATA | EOS));
		const last = at(0xffff_ffff, 1)[0]?.[0];
		const again = at(0xffff_fffd, 3).map(([, , channel]) => channel);
		assert.deepEqual(again, [0xffff_fffd, 3, 5]);
		receive(session, answer(0xffff_ffff, DATA, [7]));
		receive(session, answer(1, DATA, [8]));
		assert.deepEqual(
			[last?.heard, stream.heard],
			[["item 7", "end"], ["item 8"]],
		);
	});
});

describe("answers", () => {
	const cases: [string, "unary" | "stream", Uint8Array[], string[]][] = [
		["unary", "unary", [answer(1, DATA | EOS, [7])], ["item 7", "end"]],
		[
			"unary without EOS: the first answer is the answer",
			"unary",
			[answer(1, DATA, [7]), answer(1, DATA | EOS, [8])],
			["item 7", "end"],
		],
		["unary with a bare EOS", "unary", [answer(1, EOS)], ["item ", "end"]],
		[
			"unary, a frame that is neither",
			"unary",
			[answer(1, 0x40, [1]), answer(1, DATA | EOS, [7])],
			["item 7", "end"],
		],
		[
			"unary error",
			"unary",
			[answer(1, ERROR | EOS, status(4, "no"))],
			["NotFound: Test.method: no"],
		],
		[
			"stream",
			"stream",
			[answer(1, DATA, [1]), answer(1, DATA, [2]), answer(1, EOS)],
			["item 1", "item 2", "end"],
		],
		[
			"stream of units",
			"stream",
			[answer(1, DATA), answer(1, DATA), answer(1, EOS)],
			["item ", "item ", "end"],
		],
		[
			"stream whose last item carries EOS",
			"stream",
			[answer(1, DATA, [1]), answer(1, DATA | EOS, [2])],
			["item 1", "item 2", "end"],
		],
		[
			"stream error",
			"stream",
			[answer(1, DATA, [1]), answer(1, ERROR | EOS, status(9, "stop"))],
			["item 1", "Aborted: Test.method: stop"],
		],
		[
			"frames after the end",
			"stream",
			[answer(1, EOS), answer(1, DATA, [1]), answer(1, EOS)],
			["end"],
		],
		["a stream of nothing", "stream", [answer(1, EOS)], ["end"]],
		[
			"error with code 0 is still an error",
			"unary",
			[answer(1, ERROR | EOS, status(0, "?"))],
			["Ok: Test.method: ?"],
		],
		[
			"error with an unknown code",
			"unary",
			[answer(1, ERROR | EOS, status(77, "?"))],
			["Code(77): Test.method: ?"],
		],
		[
			"error with bytes behind its message",
			"unary",
			[answer(1, ERROR, [...status(5, "ab"), 9])],
			["AlreadyExists: Test.method: ab"],
		],
		[
			"error whose message is not UTF-8",
			"unary",
			[answer(1, ERROR, [5, 0, 0, 0, 1, 0, 0, 0, 0xff])],
			["AlreadyExists: Test.method: \ufffd"],
		],
		[
			"error that is too short",
			"unary",
			[answer(1, ERROR, [5, 0, 0])],
			["Internal: Test.method: malformed error frame of 3 bytes"],
		],
		[
			"error whose message is cut",
			"unary",
			[answer(1, ERROR, [5, 0, 0, 0, 2, 0, 0, 0, 65])],
			["Internal: Test.method: malformed error frame of 9 bytes"],
		],
		[
			"unknown flags",
			"unary",
			[answer(1, DATA | EOS | 0xffff_fe00, [7])],
			["item 7", "end"],
		],
		[
			"control frames",
			"unary",
			[
				answer(0, CONTROL),
				answer(1, CONTROL | DATA | EOS, [1]),
				answer(1, DATA | EOS, [7]),
			],
			["item 7", "end"],
		],
	];
	for (const [name, kind, frames, heard] of cases) {
		test(name, () => {
			const session = new Session();
			const [recorder] = open(session, kind);
			for (const frame of frames) {
				receive(session, frame);
			}
			assert.deepEqual(recorder.heard, heard);
			assert.equal(session.inFlight, 0);
		});
	}

	test("a message keeps its byte order mark, and bad bytes of it are replaced", () => {
		const session = new Session();
		const [recorder, , channel] = open(session, "unary");
		const payload = Uint8Array.of(
			4,
			0,
			0,
			0,
			5,
			0,
			0,
			0,
			0xef,
			0xbb,
			0xbf,
			0xff,
			65,
		);
		receive(session, answer(channel, ERROR | EOS, payload));
		assert.deepEqual(recorder.heard, ["NotFound: Test.method: \ufeff\ufffdA"]);
	});

	test("a remote status says so", () => {
		const session = new Session();
		const [recorder] = open(session, "unary");
		receive(session, answer(1, ERROR | EOS, status(4, "no")));
		assert.ok(recorder.error instanceof StatusError);
		assert.equal(recorder.error.remote, true);
	});

	test("find their calls in any order, and no other one", () => {
		const session = new Session();
		const calls = [1, 2, 3].map(() => open(session, "unary")[0]);
		const frames = [5, 7, 2, 1, 3, 3].map((channel) =>
			answer(channel, DATA | EOS, [channel]),
		);
		receive(session, Uint8Array.from(Buffer.concat(frames)));
		assert.deepEqual(
			calls.map((call) => call.heard[0]),
			["item 1", "item 3", "item 5"],
		);
		assert.equal(session.droppedFrames, 3);
	});
});

describe("calls that are given up", () => {
	test("hear nothing more, and the peer is told", () => {
		const session = new Session();
		const [recorder, , channel] = open(session, "stream");
		const frame = session.cancel(channel, "DeadlineExceeded");
		assert.ok(frame);
		const [[request]] = requests(frame);
		assert.equal(request?.channel, 0);
		assert.equal(request?.method, 3);
		assert.equal(request?.flags, CONTROL);
		assert.deepEqual([...(request?.payload ?? [])], [2, channel, 1]);
		receive(session, answer(channel, DATA, [1]));
		receive(session, answer(channel, EOS));
		assert.deepEqual(recorder.heard, []);
		assert.equal(session.droppedFrames, 2);
		assert.equal(session.cancel(channel, "ClientCancel"), undefined);
	});

	test("are forgotten, the oldest first, beyond a limit", () => {
		const session = new Session({ maxAbandonedCalls: 10 });
		for (let i = 0; i <= 10; i++) {
			session.cancel(open(session, "unary")[2], "ClientCancel");
		}
		const { abandoned } = session.channels;
		assert.equal(abandoned.size, 10);
		assert.equal(MAX_ABANDONED_CALLS, 65_536);
		assert.equal(abandoned.has(1), false);
		assert.equal(abandoned.has(3), true);
		receive(session, answer(3, DATA | EOS));
		assert.equal(abandoned.has(3), false);
	});
});

describe("the end of a session", () => {
	test("fails every call at once, and every later one", () => {
		const session = new Session();
		const calls = [open(session, "unary")[0], open(session, "stream")[0]];
		const cause = new Error("ECONNRESET");
		session.end(
			new ConnectionError("lost", "connection lost", undefined, cause),
		);
		session.end(new ConnectionError("closed", "too late"));
		for (const call of calls) {
			assert.deepEqual(call.heard, [
				"Unavailable: Test.method: connection lost",
			]);
			assert.equal(call.error?.cause, cause);
		}
		assert.throws(() => open(session, "unary"), {
			message: "Test.method: connection lost",
			cause,
		});
		assert.equal(session.inFlight, 0);
	});

	test("what arrives afterwards is ignored", () => {
		const session = new Session();
		const [recorder] = open(session, "unary");
		session.end(new ConnectionError("closed", "closed"));
		receive(session, answer(1, DATA | EOS));
		session.receive(Uint8Array.of(0, 0, 0, 0));
		assert.equal(recorder.heard.length, 1);
	});
});
