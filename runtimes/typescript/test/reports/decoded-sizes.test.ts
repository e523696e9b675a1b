/** Small payloads that are large values, keys that collide, and reading that takes longer than its call has. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { integerKeys, unary } from "../../src/codegen.js";
import {
	createClient,
	DecodeError,
	isRapaceError,
	StatusError,
} from "../../src/index.js";
import { decodeU32s } from "../../src/postcard/lists.js";
import { emptyList } from "../../src/postcard/rare.js";
import { Reader } from "../../src/postcard/reader.js";
import { decodeInt16Array } from "../../src/postcard/typed.js";
import { answer, DATA, dial, EOS, failure, peer, shown } from "../support.js";

/** What reading fails with. */
function refused(read: (r: Reader) => unknown, bytes: Uint8Array, limits = {}) {
	try {
		new Reader(limits).read(read, bytes);
	} catch (error) {
		return error;
	}
	throw new Error("it was read");
}

/** A list of lists of options of large structs, of which all are there and none has a value. */
function lists(r: Reader): unknown[] {
	const n = r.list(64);
	const items: unknown[] = r.items(n);
	for (let i = 0; i < n; i++) {
		r.in(i);
		for (let left = r.list(4096); left > 0; left--) {
			r.option();
		}
		r.leave(undefined);
	}
	return r.leave(items);
}

describe("a decoded size", () => {
	const bytes = Uint8Array.of(2, 3, 0, 0, 0, 2, 0, 0);
	const size = 2 * 64 + 5 * 4096;

	test("up to the limit is read, and beyond it refused where the count stands", () => {
		new Reader({ maxDecodedBytes: size }).read(lists, bytes);
		const error = refused(lists, bytes, { maxDecodedBytes: size - 1 });
		assert.ok(error instanceof DecodeError);
		assert.equal(error.offset, 5);
		assert.equal(error.path, "[1]");
		assert.match(
			error.message,
			/: decoded size exceeds the limit of 20607 bytes \(at byte 5\)$/,
		);
	});

	test("is 16 times the longest frame by default", () => {
		// 8 Mi items of one byte each, of 4 KiB: 32 GiB.
		const many = new Uint8Array(8 * 1024 * 1024 + 5);
		many.set([1, 0x80, 0x80, 0x80, 4], 0);
		const error = refused(lists, many);
		assert.match(String(error), /exceeds the limit of 268435456 bytes/);
		const smaller = new Reader({}, 1024);
		assert.throws(
			() => smaller.read(lists, many),
			/exceeds the limit of 16384 bytes/,
		);
	});

	test("counts lists of numbers, items without bytes, and each value of a recursive type", () => {
		const numbers = Uint8Array.of(3, 1, 2, 3);
		for (const [read, bytes, offset] of [
			[decodeU32s, numbers, 0],
			[decodeInt16Array, numbers, 0],
			[(r: Reader) => r.leave(emptyList(r, 16)), numbers.subarray(0, 1), 0],
			[(r: Reader) => [r.u8(""), r.nest(48)], numbers, 1],
		] as const) {
			const error = refused(read, bytes, { maxDecodedBytes: 47 });
			assert.ok(error instanceof DecodeError);
			assert.equal(error.offset, offset);
			assert.match(error.message, /exceeds the limit of 47 bytes/);
		}
	});

	test("is an option of the connection", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			socket.write(answer(channel, DATA | EOS, [3, 1, 2, 3]));
		});
		const numbers = {
			kind: unary,
			name: "Numbers.all",
			id: 1,
			arity: 0,
			decode: decodeU32s,
		} as const;
		const service = { all: numbers };
		const connection = await dial(server, { maxDecodedBytes: 47 });
		const client = createClient<{ all(): Promise<number[]> }>(
			service,
			connection,
		);
		assert.equal(shown(await failure(client.all())).kind, "decode");
		assert.equal(connection.state, "connected");
	});
});

test("a call whose time is over while its answer is read fails, and the connection lives", async () => {
	const server = await peer();
	server.serve(({ channel, payload }, socket) => {
		socket.write(answer(channel, DATA | EOS, payload));
	});
	/** Reads entries of a map, slowly. */
	const decode = (r: Reader) => {
		const n = r.list(32);
		const until = performance.now() + 80;
		for (let i = 0; i < n; i++) {
			r.entry(i);
			r.u8(i);
			while (i === 0 && performance.now() < until) {
				// An answer of many entries takes its time.
			}
		}
		return r.leave(n);
	};
	const slow = {
		kind: unary,
		name: "Slow.read",
		id: 1,
		arity: 1,
		encode(
			w: { raw(bytes: Uint8Array, key: string): void },
			bytes: Uint8Array,
		) {
			w.raw(bytes, "");
		},
		decode,
	} as const;
	const connection = await dial(server);
	const client = createClient(
		{ slow } as never,
		connection,
	) as unknown as Record<
		"slow",
		(bytes: Uint8Array, options?: object) => Promise<number>
	>;
	const bytes = new Uint8Array(2002);
	bytes.set([0xd0, 0x0f]);
	const error = await failure(client.slow(bytes, { timeoutMs: 40 }));
	assert.ok(error instanceof StatusError && isRapaceError(error));
	assert.equal(error.code, "DeadlineExceeded");
	assert.equal(await client.slow(bytes, { timeoutMs: 5000 }), 2000);
});

describe("keys of a map of integers", () => {
	/** Puts keys into a map as generated code does, and returns how many there are. */
	function fill(keys: Iterable<unknown>): number {
		return new Reader().read((r) => {
			const key = integerKeys(r);
			const entries = new Map<unknown, number>();
			let i = 0;
			for (const each of keys) {
				entries.set(key(each, i), i);
				i++;
			}
			return entries.size;
		}, new Uint8Array(0));
	}

	function* range<Value>(count: number, make: (i: number) => Value) {
		for (let i = 0; i < count; i++) {
			yield make(i);
		}
	}

	test("that differ in their lowest 64 bits are as many as they like", () => {
		const count = 200_000;
		for (const make of [
			(i: number) => i,
			(i: number) => -i,
			(i: number) => 4096 * i,
			(i: number) => i * 2 ** 21,
			(i: number) => BigInt(i),
			(i: number) => BigInt(i) << 32n,
			(i: number) => (BigInt(i) << 64n) | BigInt(i),
			(i: number) => BigInt(i) * 0x9e3779b97f4a7c15f39cn,
		]) {
			const keys = range<unknown>(count, make);
			assert.equal(fill(keys), count);
		}
	});

	test("that V8 gives one hash are refused, and soon", () => {
		const from = performance.now();
		const alike = (i: number) => BigInt(i) << 64n;
		assert.throws(() => fill(range(40_000, alike)), {
			kind: "decode",
			message: /\[3075\]: 1028 keys collide, of 3076 \(at byte 0\)$/,
		});
		assert.ok(performance.now() - from < 5000);
		const fewer = 3000;
		assert.equal(fill(range(fewer, alike)), fewer);
	});

	test("of 32 bits with one end of V8's hash are refused", () => {
		const found: number[] = [];
		for (let key = 0; found.length < 4000; key++) {
			if ((seen(key) & 0xfff) === 7) {
				found.push(key);
			}
		}
		assert.throws(() => fill(found), { kind: "decode" });
	});

	/** `ComputeUnseededHash` of V8, by its definition. */
	function seen(key: number): number {
		let hash = key >>> 0;
		hash = (~hash + (hash << 15)) >>> 0;
		hash = (hash ^ (hash >>> 12)) >>> 0;
		hash = (hash + (hash << 2)) >>> 0;
		hash = (hash ^ (hash >>> 4)) >>> 0;
		hash = Math.imul(hash, 2057) >>> 0;
		return (hash ^ (hash >>> 16)) >>> 0;
	}

	test("of 64 bits with one end of V8's hash are refused", () => {
		const found: bigint[] = [];
		const start = 1n << 40n;
		for (let i = 0n; found.length < 3200; i++) {
			if ((long(start + i) & 0xfn) === 7n) {
				found.push(start + i);
			}
		}
		// These share 4 bits only: they are no attack.
		assert.equal(fill(found), found.length);
		for (const i of [0n, 1n, 0xffff_ffffn, 1n << 63n, (1n << 64n) - 1n]) {
			const same = range(3200, (n) => (BigInt(n) << 64n) | i);
			assert.throws(() => fill(same), { kind: "decode" });
		}
	});

	/** `ComputeLongHash` of V8, by its definition. */
	function long(key: bigint): bigint {
		const wrap = (value: bigint) => BigInt.asUintN(64, value);
		let hash = wrap(~key + (key << 18n));
		hash ^= hash >> 31n;
		hash = wrap(hash * 21n);
		hash ^= hash >> 11n;
		hash = wrap(hash + (hash << 6n));
		hash ^= hash >> 22n;
		return hash & 0x3fffffffn;
	}
});
