/** 64-bit integers as numbers and as strings: by the conformance suite's vectors, and by what `bigint` makes of any value. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import fc from "fast-check";

import * as decimals from "../src/postcard/decimals.js";
import * as numbers from "../src/postcard/numbers.js";
import { Reader } from "../src/postcard/reader.js";
import { Writer } from "../src/postcard/writer.js";
import { outcome, scalars } from "./support.js";

const LIMIT = 1024;
const BYTES_BEFORE = 3;

/** A vector of the suite: what a method's bytes mean, or that they are refused. */
interface Vector {
	readonly name: string;
	readonly method: string;
	readonly bytes?: string;
	readonly value?: unknown;
	readonly decode_only?: boolean;
}

/** What writes and reads one kind of integers in one form. */
interface Form {
	readonly encode: (w: Writer, value: never, key: string) => void;
	readonly decode: (r: Reader, key: string) => unknown;
	/** The value that a bigint is in this form; nothing when the form has none. */
	readonly of: (value: bigint) => unknown;
}
type Forms = Partial<Record<Kind, Form>>;

/** The wide integers by their methods in the suite. */
const KINDS = {
	u64: { bits: 64, signed: false, plain: scalars.u64 },
	usize: { bits: 64, signed: false, plain: scalars.u64 },
	i64: { bits: 64, signed: true, plain: scalars.i64 },
	isize: { bits: 64, signed: true, plain: scalars.i64 },
	u128: { bits: 128, signed: false, plain: scalars.u128 },
	i128: { bits: 128, signed: true, plain: scalars.i128 },
} as const;
type Kind = keyof typeof KINDS;

const asNumber = (value: bigint): number | undefined =>
	Number.isSafeInteger(Number(value)) ? Number(value) : undefined;

const NUMBERS: Forms = {
	u64: {
		encode: numbers.encodeU64Number,
		decode: numbers.decodeU64Number,
		of: asNumber,
	},
	i64: {
		encode: numbers.encodeI64Number,
		decode: numbers.decodeI64Number,
		of: asNumber,
	},
};
const STRINGS: Forms = {
	u64: {
		encode: decimals.encodeU64String,
		decode: decimals.decodeU64String,
		of: String,
	},
	i64: {
		encode: decimals.encodeI64String,
		decode: decimals.decodeI64String,
		of: String,
	},
	u128: {
		encode: decimals.encodeU128String,
		decode: decimals.decodeU128String,
		of: String,
	},
	i128: {
		encode: decimals.encodeI128String,
		decode: decimals.decodeI128String,
		of: String,
	},
};
const FORMS: [string, Forms][] = [
	["number", NUMBERS],
	["string", STRINGS],
];

function write(form: Pick<Form, "encode">, value: unknown): string {
	const bytes = new Writer(LIMIT).write(
		0,
		(w) => form.encode(w, value as never, "value"),
		[],
	);
	return Buffer.from(bytes).toString("hex");
}

/** Reads what stands behind some bytes, so that offsets in errors are seen to be those of the value. */
function read(form: Pick<Form, "decode">, hex: string): unknown {
	const bytes = Buffer.from(`${"00".repeat(BYTES_BEFORE)}${hex}`, "hex");
	return new Reader().read((r) => {
		for (let i = 0; i < BYTES_BEFORE; i++) {
			r.u8(i);
		}
		return form.decode(r, "value");
	}, bytes);
}

function vectors(...files: string[]): Vector[] {
	return files.flatMap((file) => {
		const url = new URL(
			`../../../../conformance/recorded/vectors/${file}.json`,
			import.meta.url,
		);
		const { cases } = JSON.parse(readFileSync(url, "utf8")) as {
			cases: Vector[];
		};
		return cases;
	});
}

function formOf(forms: Forms, method: string): [Form, Kind] | undefined {
	const kind = method.replace("size", "64") as Kind;
	const form = forms[kind];
	return form && [form, kind];
}

for (const [name, forms] of FORMS) {
	describe(`as ${name}`, () => {
		test("the suite's vectors hold", () => {
			let right = 0;
			let refused = 0;
			for (const vector of vectors("01-integers", "07-varints")) {
				const [form, kind] = formOf(forms, vector.method) ?? [];
				if (form === undefined || kind === undefined || !vector.bytes) {
					continue;
				}
				const { bytes, value } = vector;
				const inForm =
					value === undefined ? undefined : form.of(BigInt(String(value)));
				if (inForm === undefined) {
					// What is no value, and what this form cannot hold.
					refused++;
					const error = outcome(() => read(form, bytes)) as object;
					const plain = outcome(() => read(KINDS[kind].plain, bytes));
					if (value === undefined) {
						assert.deepEqual(error, plain, vector.name);
					} else {
						const { kind: of, offset, path } = error as Record<string, unknown>;
						assert.deepEqual(
							{ of, offset, path },
							{ of: "decode", offset: BYTES_BEFORE, path: "value" },
							vector.name,
						);
					}
					continue;
				}
				right++;
				assert.equal(read(form, bytes), inForm, vector.name);
				if (!vector.decode_only) {
					assert.equal(write(form, inForm), bytes, vector.name);
				}
			}
			assert.ok(right > 100 && refused > 50, `${right} and ${refused}`);
		});

		for (const kind of Object.keys(forms) as Kind[]) {
			const { bits, signed, plain } = KINDS[kind];
			const form = forms[kind] as Form;
			test(`any ${kind} has the bytes of its bigint, or is refused`, () => {
				const any = fc
					.integer({ min: 1, max: signed ? bits - 1 : bits })
					.chain((bits) =>
						fc.bigInt({
							min: signed ? -(2n ** BigInt(bits)) : 0n,
							max: 2n ** BigInt(bits) - 1n,
						}),
					);
				fc.assert(
					fc.property(any, (value) => {
						const bytes = write(plain, value);
						const inForm = form.of(value);
						if (inForm === undefined) {
							assert.throws(() => read(form, bytes), {
								kind: "decode",
								offset: BYTES_BEFORE,
								path: "value",
							});
							assert.throws(() => write(form, Number(value)), {
								kind: "encode",
								path: "value",
							});
						} else {
							assert.equal(write(form, inForm), bytes);
							assert.equal(read(form, bytes), inForm);
						}
					}),
					{ numRuns: 2000 },
				);
			});
		}
	});
}

describe("refusals say what is wrong", () => {
	const MOST = Number.MAX_SAFE_INTEGER;
	const writes: [Form | undefined, unknown, string][] = [
		[NUMBERS.u64, MOST + 1, `${MOST + 1} is not an integer from 0 to ${MOST}`],
		[NUMBERS.u64, -1, `-1 is not an integer from 0 to ${MOST}`],
		[NUMBERS.u64, 0.5, `0.5 is not an integer from 0 to ${MOST}`],
		[NUMBERS.u64, Number.NaN, `NaN is not an integer from 0 to ${MOST}`],
		[NUMBERS.u64, 1n, "expected a number, got bigint"],
		[NUMBERS.u64, "1", "expected a number, got string"],
		[
			NUMBERS.i64,
			-MOST - 1,
			`${-MOST - 1} is not an integer from -${MOST} to ${MOST}`,
		],
		[NUMBERS.i64, undefined, "expected a number, got undefined"],
		[STRINGS.u64, 1, "expected a string, got number"],
		[STRINGS.u64, "-1", `-1 is not an integer from 0 to ${2n ** 64n - 1n}`],
		[
			STRINGS.i64,
			`${2n ** 63n}`,
			`${2n ** 63n} is not an integer from ${-(2n ** 63n)} to ${2n ** 63n - 1n}`,
		],
		...["", "007", "-0", "+1", " 1", "1 ", "1n", "1e3", "0x1", "1.0", "١"].map(
			(text): [Form | undefined, unknown, string] => [
				STRINGS.i64,
				text,
				`${JSON.stringify(text)} is not an integer of up to 39 decimal digits`,
			],
		),
		[
			STRINGS.u128,
			"1".repeat(40),
			`"${"1".repeat(40)}" is not an integer of up to 39 decimal digits`,
		],
		[
			STRINGS.u128,
			"9".repeat(39),
			`${"9".repeat(39)} is not an integer from 0 to ${2n ** 128n - 1n}`,
		],
	];
	for (const [form, value, what] of writes) {
		test(`writing ${typeof value} ${String(value)}`, () => {
			assert.throws(() => write(form as Form, value), {
				kind: "encode",
				path: "value",
				message: `value: ${what}`,
			});
		});
	}

	test("reading a number that is not exact", () => {
		const reads: [Kind, bigint, string][] = [
			["u64", 2n ** 53n, `${MOST}`],
			["u64", 2n ** 64n - 1n, `${MOST}`],
			["i64", 2n ** 53n + 1n, `${MOST}`],
			["i64", -(2n ** 53n), `-${MOST}`],
			["i64", -(2n ** 63n), `-${MOST}`],
		];
		for (const [kind, value, bound] of reads) {
			const bytes = write(KINDS[kind].plain, value);
			assert.throws(() => read(NUMBERS[kind] as Form, bytes), {
				message: `value: ${value} is beyond ${bound}, the last exact number (at byte ${BYTES_BEFORE})`,
			});
		}
	});
});
