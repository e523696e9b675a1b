/** What a user of the page sees, in a real browser, with the real server behind it. */

import assert from "node:assert/strict";
import { after, afterEach, beforeEach, describe, test } from "node:test";

import { eventually, type Visit, Visitor } from "./browser.js";
import { Shop } from "./shop.js";

const visitor = await Visitor.arrive();
after(() => visitor.leave());

let shop: Shop;
let visit: Visit;

/** The page's element with this role and name. */
const find = (...wanted: Parameters<Visit["page"]["getByRole"]>) =>
	visit.page.getByRole(...wanted);
const button = (name: string) => find("button", { name });
const status = (words: string) =>
	find("status").getByText(words, { exact: false }).waitFor();
const problem = (words: string) =>
	find("alert").getByText(words, { exact: false }).waitFor();

/** The titles of the books that are listed, once it is these. */
async function lists(...titles: string[]): Promise<void> {
	const rows = visit.page.locator("tbody th");
	await eventually(titles.join("; "), async () => {
		const shown = await rows.allInnerTexts();
		return shown.map((text) => text.split("\n")[0]).join("; ");
	});
}

const FIRST_PAGE = [
	"The C Programming Language",
	"Metamorphoses",
	"The Rust Programming Language",
	"Die Blechtrommel",
];
const SECOND_PAGE = ["吾輩は猫である", "Tomorrow’s “Almanac” 📖"];

beforeEach(async () => {
	shop = await Shop.open();
	visit = await visitor.open(shop.address);
});

afterEach(async () => {
	await visit.page.context().close();
	await shop.kill();
	assert.deepEqual(visit.complaints, []);
});

describe("the page", () => {
	test("lists books by page", async () => {
		await status(`Connected to ${shop.address}`);
		await lists(...FIRST_PAGE);
		await button("Next").click();
		await lists(...SECOND_PAGE);
		assert.ok(await button("Next").isDisabled());
		await find("navigation").getByText("5 to 6 of 6").waitFor();
		await button("Previous").click();
		await lists(...FIRST_PAGE);
	});

	test("lists the books of a category", async () => {
		await lists(...FIRST_PAGE);
		await find("combobox", { name: "Category" }).selectOption("Novels");
		await lists("Die Blechtrommel", "吾輩は猫である");
	});

	test("shows what a search finds, or why it fails", async () => {
		await find("searchbox").fill("PROGRAMMING");
		await button("Search").click();
		await visit.page.getByText("2 found").waitFor();
		const hits = await find("list", { name: "Hits" })
			.getByRole("listitem")
			.allInnerTexts();
		assert.deepEqual(hits, [
			"The C Programming Language \\ Second Edition in the title, 3 in stock",
			"The Rust Programming Language in the title, 12 in stock",
		]);
		await find("searchbox").fill("");
		await button("Search").click();
		await problem("InvalidArgument: Catalog.search: nothing to search for");
	});

	test("shows a stream as it comes, and stops it on both sides", async () => {
		await button("Start").click();
		const latest = find("status", { name: "Latest tick" });
		await latest.getByText(/^\d{2,}$/).waitFor();

		await button("Stop").click();
		await button("Start").waitFor();
		const shown = await latest.textContent();
		// Whatever the server sends after it has heard of the end stands behind the answer to this call.
		await button("Next").click();
		await lists(...SECOND_PAGE);
		const { frames } = visit;
		await pause(20 * TICK_MS);
		assert.equal(visit.frames, frames, "the server goes on sending");
		assert.equal(await latest.textContent(), shown);

		await button("Start").click();
		await latest.getByText(/^\d$/).waitFor();
		assert.equal(await find("alert").count(), 0);
	});

	test("cancels a slow call on both sides", async () => {
		const row = find("row", { name: "The Rust Programming Language" });
		const order = row.getByRole("button", { name: "Order" });
		await row.getByText("12 in stock").waitFor();
		await order.click();
		await row.getByText("on its way").waitFor();
		await row.getByRole("button", { name: "Cancel" }).click();
		// The second delivery comes after the first would have come: one copy has arrived, not two.
		await order.click();
		await row.getByText("13 in stock").waitFor();
		assert.equal(await find("alert").count(), 0);
	});

	test("says when the connection is lost, and goes on when the server is back", async () => {
		await button("Start").click();
		await find("status", { name: "Latest tick" }).getByText(/^\d+$/).waitFor();
		await button("Next").click();
		await lists(...SECOND_PAGE);

		await shop.kill();
		await status("Connection lost");
		await problem("Unavailable");
		// What is asked for meanwhile waits.
		await find("searchbox").fill("novel");
		await button("Search").click();

		shop = await Shop.open(shop.address);
		await status("Connected");
		await visit.page.getByText("2 found").waitFor();
		await button("Previous").click();
		await lists(...FIRST_PAGE);
		await button("Start").click();
		await find("alert").waitFor({ state: "detached" });
		await find("status", { name: "Latest tick" })
			.getByText(/^\d{2,}$/)
			.waitFor();
		assert.equal(await shop.connections(), 1);
	});

	test("says when the shop cannot be reached, and tries again when told to", async () => {
		await shop.kill();
		await visit.page.reload();
		await status(`Cannot reach ${shop.address}`);
		await problem("Unavailable");

		shop = await Shop.open(shop.address);
		await button("Try again").click();
		await lists(...FIRST_PAGE);
	});

	test("leaves no connection on the server", async () => {
		const connections = (wanted: number) =>
			eventually(wanted, () => shop.connections());
		await lists(...FIRST_PAGE);
		await button("Start").click();
		await connections(1);
		await visit.page.goto("about:blank");
		await connections(0);
		await visit.page.goBack();
		await lists(...FIRST_PAGE);
		await connections(1);
		await visit.page.close();
		await connections(0);
	});
});

test("complaints of a page are heard", async () => {
	await visit.page.evaluate(() => {
		console.error("an error");
		console.warn("a warning");
		void Promise.reject(new Error("a rejection"));
		setTimeout(() => {
			throw new Error("an exception");
		});
		setTimeout(() => Function("return 1"));
	});
	const { complaints } = visit;
	for (const complaint of [
		"an error",
		"a warning",
		"a rejection",
		"an exception",
		"unsafe-eval",
	]) {
		await eventually(true, async () =>
			complaints.some((text) => text.includes(complaint)),
		);
	}
	complaints.length = 0;
});

/** As the page has it. */
const TICK_MS = 50;

function pause(milliseconds: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
