import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
	ConnectionError,
	codeOf,
	DecodeError,
	EncodeError,
	isRapaceError,
	ProtocolError,
	StatusError,
} from "../src/errors.js";

const family = [
	new StatusError("NotFound", "no such book", true, "Catalog.find"),
	new ConnectionError(
		"lost",
		"connection lost",
		"Catalog.find",
		new Error("ECONNRESET"),
	),
	new ProtocolError("frame length 7"),
	new DecodeError("string is not UTF-8", 7, "items[3].title", "Catalog.find"),
	new EncodeError("expected a string, got number", "isbn", "Catalog.find"),
];

describe("the error family", () => {
	test("each kind has its code, its message and its name", () => {
		const shown = family.map((error) => [
			error.name,
			error.kind,
			error.code,
			error.number,
			error.message,
		]);
		assert.deepEqual(shown, [
			["StatusError", "status", "NotFound", 4, "Catalog.find: no such book"],
			[
				"ConnectionError",
				"connection",
				"Unavailable",
				13,
				"Catalog.find: connection lost",
			],
			["ProtocolError", "protocol", "Internal", 12, "frame length 7"],
			[
				"DecodeError",
				"decode",
				"Internal",
				12,
				"Catalog.find: items[3].title: string is not UTF-8 (at byte 7)",
			],
			[
				"EncodeError",
				"encode",
				"InvalidArgument",
				3,
				"Catalog.find: isbn: expected a string, got number",
			],
		]);
	});

	test("the cause is kept, and absent where there is none", () => {
		assert.ok(family[1]?.cause instanceof Error);
		assert.equal("cause" in (family[0] as Error), false);
	});

	test("the brand tells it from other errors, also across copies of the runtime", async () => {
		// Another query is another module: a second copy, whose classes are others.
		const url = new URL("../src/errors.js?copy", import.meta.url).href;
		const copy = (await import(url)) as typeof import("../src/errors.js");
		const foreign = new copy.StatusError("NotFound", "no such book", true);
		assert.equal(foreign instanceof StatusError, false);
		assert.equal(isRapaceError(foreign), true);
		for (const error of family) {
			assert.equal(isRapaceError(error) && copy.isRapaceError(error), true);
		}
		for (const other of [
			new Error("no"),
			undefined,
			null,
			"text",
			{},
			{ "rapace.error": true },
		]) {
			assert.equal(isRapaceError(other), false);
		}
	});

	test("codes keep numbers that are unknown", () => {
		for (const [number, code] of [
			[0, "Ok"],
			[14, "DataLoss"],
			[101, "SessionClosed"],
			[15, "Code(15)"],
			[4_294_967_295, "Code(4294967295)"],
		] as const) {
			assert.equal(codeOf(number), code);
			assert.equal(new StatusError(codeOf(number), "", true).number, number);
		}
	});
});
