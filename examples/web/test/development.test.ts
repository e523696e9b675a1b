/** The page as its author has it: React runs each effect twice, and says what it thinks of the code. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventually, Visitor } from "./browser.js";
import { Shop } from "./shop.js";

test("in development, React finds no fault and one connection remains", async () => {
	const shop = await Shop.open();
	const visitor = await Visitor.arriveInDevelopment();
	try {
		const { page, complaints } = await visitor.open(shop.address);
		const button = (name: string) => page.getByRole("button", { name });
		await page.getByText("1 to 4 of 6").waitFor();
		await eventually(1, () => shop.connections());
		await button("Start").click();
		await page.getByRole("searchbox").fill("novel");
		await button("Search").click();
		await page.getByText("2 found").waitFor();
		await button("Next").click();
		await page.getByText("5 to 6 of 6").waitFor();
		await button("Stop").click();
		await button("Start").waitFor();
		assert.deepEqual(complaints, []);
	} finally {
		await visitor.leave();
		await shop.kill();
	}
});
