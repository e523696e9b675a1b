/** Defaults of fields: the functions that make values fill them in. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Amount, Job, JobId, type JobInit } from "presented";
import { jobFromJson, jobToJson } from "presented/json";

const given: JobInit = {
	id: JobId("00112233-4455-6677-8899-aabbccddeeff"),
	at: new Date(5),
	price: { minor: 250n, currency: "EUR" },
	amount: Amount("2.50"),
};

describe("a field with a default", () => {
	test("has it where it is left out", () => {
		const job = Job(given);
		assert.deepEqual(job, {
			...given,
			tags: ["new"],
			labels: new Map(),
			priority: 5,
			colour: "Green",
			ratio: 1,
		});
		const all = { ...job, wait: undefined, secret: undefined };
		assert.deepEqual(jobFromJson(jobToJson(job)), all);
	});

	test("has what is given", () => {
		const labels = new Map([["a", 1]]);
		const job = Job({ ...given, labels, priority: 0, tags: [] });
		assert.equal(job.labels, labels);
		assert.deepEqual([job.priority, job.tags, job.ratio], [0, [], 1]);
	});

	test("shares its default with no other value", () => {
		Job(given).tags.push("changed");
		assert.deepEqual(Job(given).tags, ["new"]);
	});

	test("is the only one that may be left out", () => {
		const { amount, ...others } = given;
		// @ts-expect-error The amount has no default.
		assert.equal(Job(others).amount, undefined);
		// @ts-expect-error It is no property.
		Job({ ...given, colours: amount });
	});
});
