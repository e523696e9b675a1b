/** Results: what is returned and thrown, on both sides. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Money } from "acme-money";
import {
	FlippedError,
	FoundError,
	HiddenError,
	KeyError,
	LevelError,
	Meanings,
	NameErrorException,
} from "meanings";
import {
	type MeaningsHandler,
	Meanings as ServedMeanings,
} from "meanings/handlers";
import * as meanings from "meanings/rapace";
import {
	Amount,
	type Job,
	JobErrorException,
	JobId,
	Presented,
	WhyError,
} from "presented";
import * as presented from "presented/rapace";
import { Presented as UnionPresented } from "presented-union";
import { Presented as UnionServed } from "presented-union/handlers";
import * as union from "presented-union/rapace";

import { Mirror } from "./mirror.mjs";

const UUID = "00112233-4455-6677-8899-aabbccddeeff";

describe("results", () => {
	const handler: MeaningsHandler = {
		echo: (all) => all,
		day: (day) => day,
		money: (money) => money,
		weight: (weight) => weight,
		level: (level) => level,
		tree: (tree) => tree,
		moneyOf: () => new Money(0n, "EUR"),
		words: (words) => words,
		open(key) {
			throw new KeyError(key);
		},
		flip() {
			throw new FlippedError(undefined);
		},
		async hide(text) {
			if (text !== "") {
				throw new HiddenError(text);
			}
		},
		async pay(money) {
			if (money.cents < 0n) {
				throw new LevelError(1);
			}
			return money;
		},
		payTwice: (money) => [money, money],
		find(x) {
			if (x < 0) {
				throw new FoundError(x === -1 ? undefined : 5);
			}
			return x === 0 ? undefined : { x, y: 0 };
		},
		name() {
			throw new NameErrorException({ kind: "Short", value: 3 });
		},
		async *names() {
			yield { kind: "Ok", value: true };
			yield { kind: "Err", value: { kind: "Taken" } };
		},
		async *dates() {
			yield [new Date(5)];
		},
	};
	const quiet = { warn() {}, error() {} };
	const connection = meanings.memoryConnection(
		meanings.serve(ServedMeanings, handler),
	);
	const client = meanings.createClient(Meanings, connection);

	test("are values, or errors that are thrown", async () => {
		const euros = new Money(1n, "EUR");
		assert.deepEqual(await client.pay(euros), euros);
		assert.deepEqual(await client.payTwice(euros), [euros, euros]);
		assert.equal(await client.hide(""), undefined);
		assert.equal(await client.find(0), undefined);
		assert.deepEqual(await client.find(2), { x: 2, y: 0 });
		const debt = new Money(-1n, "EUR");
		for (const [call, kind, error, message] of [
			[
				client.flip(),
				FlippedError,
				undefined,
				"Meanings.flip: the call failed",
			],
			[client.open("pw"), KeyError, "pw", "Meanings.open: the call failed"],
			[client.hide("pw"), HiddenError, "pw", "Meanings.hide: the call failed"],
			[client.pay(debt), LevelError, 1, "Meanings.pay: the call failed"],
			[
				client.find(-1),
				FoundError,
				undefined,
				"Meanings.find: the call failed",
			],
			[client.find(-2), FoundError, 5, "Meanings.find: the call failed"],
			[
				client.name(),
				NameErrorException,
				{ kind: "Short", value: 3 },
				"Meanings.name: Short",
			],
		] as const) {
			await assert.rejects(call, (thrown: unknown) => {
				assert.ok(thrown instanceof kind);
				assert.deepEqual(thrown.error, error);
				assert.equal(thrown.message, message);
				assert.equal(thrown.name, kind.name);
				assert.ok(thrown instanceof meanings.ResultError);
				assert.ok(meanings.isRapaceError(thrown) && thrown.kind === "result");
				return true;
			});
		}
	});

	test("are unions in streams", async () => {
		const items = [];
		for await (const item of client.names()) {
			items.push(item);
		}
		assert.deepEqual(items, [
			{ kind: "Ok", value: true },
			{ kind: "Err", value: { kind: "Taken" } },
		]);
	});

	test("pass a proxy, and interceptors see what is thrown", async () => {
		const proxy = meanings.createClient(
			Meanings,
			meanings.memoryConnection(meanings.serve(ServedMeanings, client)),
		);
		await assert.rejects(proxy.name(), NameErrorException);
		assert.deepEqual(await proxy.find(2), { x: 2, y: 0 });
		const seen: unknown[] = [];
		const intercepted = meanings.intercept(connection, [
			{
				async unary(call, next) {
					try {
						return await next(call);
					} catch (error) {
						seen.push((error as Error).name);
						throw error;
					}
				},
			},
		]);
		await assert.rejects(
			meanings.createClient(Meanings, intercepted).find(-1),
			FoundError,
		);
		assert.deepEqual(seen, ["FoundError"]);
	});

	test("of another method are no answer", async () => {
		const wrong: MeaningsHandler = {
			...handler,
			find() {
				throw new LevelError(0);
			},
		};
		const other = meanings.memoryConnection(
			meanings.serve(ServedMeanings, wrong),
			{ host: { logger: quiet } },
		);
		await assert.rejects(meanings.createClient(Meanings, other).find(1), {
			name: "StatusError",
			message: "Meanings.find: Meanings.find failed",
		});
	});

	test("have the bytes of their enums, of which none may be left", async () => {
		const mirror = new Mirror();
		const wire = presented.createClient(
			Presented,
			new presented.SingleConnection(mirror),
		);
		const id = JobId(UUID);
		mirror.answer = "01";
		assert.equal(await wire.stop(id, undefined, undefined), undefined);
		mirror.answer = "0001";
		await assert.rejects(wire.stop(id, undefined, undefined), (error) => {
			assert.ok(error instanceof WhyError && error.error === "Busy");
			assert.equal(error.message, "Presented.stop: Busy");
			assert.equal(error.method, "Presented.stop");
			return true;
		});
		mirror.answer = "000100";
		await assert.rejects(wire.stop(id, undefined, undefined), {
			name: "DecodeError",
			message: "Presented.stop: 1 bytes too many (at byte 2)",
		});
	});

	test("are unions where those are asked for", async () => {
		const handlers = union.serve(UnionServed, {
			submit: () => ({ kind: "Err", value: { kind: "Full" } }),
			stop: () => ({ kind: "Ok" }),
			named: () => ({ kind: "Ok", value: 5 }),
			echo: (many) => many,
			job: (job) => job,
			tags: (tags) => tags,
			secrets: () => new Map(),
			async *watch() {},
		});
		const unions = union.createClient(
			UnionPresented,
			union.memoryConnection(handlers),
		);
		const job = { kind: "Err", value: { kind: "Full" } } as const;
		const sample: Job = {
			id: JobId(UUID),
			at: new Date(0),
			price: { minor: 0n, currency: "" },
			tags: [],
			labels: new Map(),
			priority: 0,
			colour: "Red",
			ratio: 0,
			amount: Amount("0"),
		};
		assert.deepEqual(await unions.submit(sample as never, undefined), job);
		assert.deepEqual(await unions.named(""), { kind: "Ok", value: 5 });
		assert.ok(new JobErrorException({ kind: "Full" }) instanceof Error);
	});
});
