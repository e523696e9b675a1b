/** Values as JSON: what is refused, with its path. That sound values come and go is what the conformance suite's vectors show. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { JsonError } from "../src/errors.js";
import * as json from "../src/json.js";

const point: json.Form<unknown> = json.record(() => [
	["x", "x", json.u8],
	["noteText", "note_text", json.option(json.text, false)],
]);
const shape: json.Form<unknown> = json.union("Shape", () => [
	["Empty", null],
	["Circle", json.f64],
	["At", [["point", "point", point]]],
]);
const color: json.Form<unknown> = json.oneOf(["Red", "Green"]);
const open: json.Form<string | number> = json.openOneOf<string | number>([
	"Red",
	"Green",
]);
const points: json.Form<unknown> = json.items(point);

/** Reading `data` must fail with this message. */
const REFUSED: [form: json.AnyForm, data: unknown, message: string][] = [
	[point, { x: 1 }, 'the field "note_text" is missing'],
	[point, { x: 1, note_text: null, y: 2 }, 'there is no field "y"'],
	[
		point,
		{ x: 256, note_text: null },
		"x: 256 is not an integer from 0 to 255",
	],
	[
		points,
		[{ x: 1, note_text: { some: 7 } }],
		"[0].note_text: expected a string, got number",
	],
	[point, [1], "expected an object, got an array"],
	[shape, { Square: 1 }, '"Square" is no variant of Shape: Empty, Circle, At'],
	[shape, { Empty: 1 }, "Empty: expected null, got number"],
	[
		shape,
		{ At: { point: { x: "1" } } },
		"At.point.x: expected a number, got string",
	],
	[shape, {}, "expected an object with one entry, the variant"],
	[color, { Blue: null }, '"Blue" is none of Red, Green'],
	[color, 2, "expected an object, got number"],
	[open, { Blue: null }, '"Blue" is none of Red, Green'],
	[open, 1, '1 is "Green": write its name'],
	[open, 2.5, "2.5 is not an integer from 0 to 4294967295"],
	[json.u64, "1.5", '"1.5" is not a decimal integer'],
	[json.u64, 1, "expected a string, got number"],
	[
		json.u64,
		"18446744073709551616",
		"18446744073709551616 is not an integer from 0 to 18446744073709551615",
	],
	[
		json.u64Number,
		"9007199254740993",
		"9007199254740993 is beyond what a number holds exactly",
	],
	[json.bytes, "AQ", "expected a string of base64 with padding"],
	[json.bytes, "A Q=", "expected a string of base64 with padding"],
	[json.char, "ab", "expected exactly one character, got 2"],
	[json.f64, "inf", "expected a number, got string"],
	[json.f32, 1e300, "1e+300 is out of range for an f32"],
	[json.tuple(json.u8, json.u8), [1], "expected 2 items, got 1"],
	[json.byteArray(2), [1], "expected 2 bytes, got 1"],
	[json.option(json.u8, false), 1, "expected an object, got number"],
	[json.option(json.u8, false), { other: 1 }, 'expected null or { "some": … }'],
	[json.unit, {}, "expected null, got object"],
];

describe("what is read", () => {
	for (const [form, data, message] of REFUSED) {
		test(`${JSON.stringify(data)}: ${message}`, () => {
			assert.throws(
				() => json.fromJson(form as never, data),
				(error) => error instanceof JsonError && error.message === message,
			);
		});
	}
});

describe("what is written", () => {
	test("is refused with its path when it is none of its type", () => {
		const wrong: [form: json.AnyForm, value: unknown, message: string][] = [
			[
				points,
				[{ x: 1 }, { x: -1 }],
				"[1].x: -1 is not an integer from 0 to 255",
			],
			[
				shape,
				{ kind: "Square" },
				'"Square" is no variant of Shape: Empty, Circle, At',
			],
			[shape, { kind: "Circle" }, "value: expected a number, got undefined"],
			[color, "Blue", '"Blue" is none of Red, Green'],
			[open, "Blue", '"Blue" is none of Red, Green'],
			[open, 0, '0 is "Red": write its name'],
			[open, -1, "-1 is not an integer from 0 to 4294967295"],
			[json.u64, 1, "expected a bigint, got number"],
			[json.bytes, [1], "expected a Uint8Array, got an array"],
			[json.items(json.u8), 1, "expected a collection, got number"],
		];
		for (const [form, value, message] of wrong) {
			assert.throws(() => json.toJson(form as never, value as never), {
				message,
			});
		}
	});

	test("comes back as it was", () => {
		const values: [form: json.AnyForm, value: unknown][] = [
			[point, { x: 1, noteText: "a" }],
			[open, "Green"],
			[open, 2],
			[open, 2 ** 32 - 1],
			[shape, { kind: "At", point: { x: 2, noteText: undefined } }],
			[json.f64, -0],
			[json.f64, Number.NEGATIVE_INFINITY],
			[json.option(json.option(json.u8, false), true), { some: undefined }],
			[
				json.items(json.tuple(json.text, json.i64), json.mapOf),
				new Map([["a", -1n]]),
			],
			[json.items(json.f32, json.typed(Float32Array)), Float32Array.of(0.1)],
			[json.bytes, Uint8Array.of(0, 255)],
		];
		for (const [form, value] of values) {
			const text = JSON.stringify(json.toJson(form as never, value as never));
			assert.deepEqual(
				json.fromJson(form as never, JSON.parse(text)),
				value,
				text,
			);
		}
	});
});
