/** The same client in a worker. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventually, Visitor } from "./browser.js";
import { Shop } from "./shop.js";

test("a worker has a connection of its own, and closes it", async () => {
	const shop = await Shop.open();
	const visitor = await Visitor.arrive();
	try {
		const { page, complaints } = await visitor.open(
			shop.address,
			"/worker.html",
		);
		await page.getByText("That is all.").waitFor();
		const titles = await page.getByRole("listitem").allTextContents();
		assert.deepEqual(titles, [
			"Tomorrow’s “Almanac” 📖",
			"The Rust Programming Language",
			"The C Programming Language \\ Second Edition",
			"Die Blechtrommel",
			"吾輩は猫である",
			"Metamorphoses",
		]);
		await eventually(0, () => shop.connections());
		assert.deepEqual(complaints, []);
	} finally {
		await visitor.leave();
		await shop.kill();
	}
});
