/** The page that `rapace docs` writes, opened as a file in a real browser, with the real bookshop to call. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, afterEach, beforeEach, test } from "node:test";

import type { AxeResults } from "axe-core";
import { type Browser, chromium, type Locator } from "playwright-core";

import { eventually, Visit } from "../browser.js";
import { variable } from "../environment.js";
import { Shop } from "../shop.js";
import { DocsPage } from "./page.js";

/** How long the page of 1,000 services may take until it is shown, in milliseconds. */
const LARGE_PAGE_MS = 1000;

const { resolve } = createRequire(import.meta.url);
const axe = await readFile(resolve("axe-core/axe.min.js"), "utf8");

const shop = await Shop.open();
const browser: Browser = await chromium.launch({
	executablePath: variable("CHROMIUM"),
});
after(async () => {
	await browser.close();
	await shop.kill();
});

let visit: Visit;

beforeEach(async () => {
	const context = await browser.newContext();
	context.setDefaultTimeout(20_000);
	visit = new Visit(await context.newPage());
});

afterEach(async () => {
	await visit.page.context().close();
	assert.deepEqual(visit.complaints, []);
});

/** Opens the page of the bookshop. */
async function open(anchor = "", name = "bookshop"): Promise<void> {
	await visit.page.goto(new DocsPage(name).address + anchor);
}

/** The form of a method, opened. */
async function form(method: string): Promise<Locator> {
	const article = visit.page.locator(`[id="${method}"]`);
	await article.getByText("Try it").click();
	await article.getByLabel("Address of the server").fill(shop.address);
	return article;
}

const call = (article: Locator) =>
	article.getByRole("button", { name: "Call" }).click();
const output = async (article: Locator) =>
	(await article.locator(".output").textContent()) ?? "";

async function says(article: Locator, status: string | RegExp): Promise<void> {
	await article.getByRole("status").getByText(status).waitFor();
}

test("a call shows its answer", async () => {
	await open("#Catalog.find");
	const find = await form("Catalog.find");
	await find.getByLabel("isbn (JSON)").fill('"978-1-7185-0310-6"');
	await call(find);
	await says(find, "Done");
	const { Found: book } = JSON.parse(await output(find));
	assert.equal(book.title, "The Rust Programming Language");
});

test("a stream shows its items, and its error", async () => {
	await open();
	const search = await form("Catalog.search");
	await search.getByLabel("text (JSON)").fill('"PROGRAMMING"');
	await search.getByLabel("limit (JSON)").fill("10");
	await call(search);
	await says(search, "Done: 2 items");
	const hits = (await output(search)).trim().split("\n");
	assert.equal(hits.length, 2);
	await search.getByLabel("text (JSON)").fill('""');
	await call(search);
	await says(search, "Failed: InvalidArgument: ");
});

test("a stream without an end is cancelled", async () => {
	await open();
	const ticker = await form("Catalog.ticker");
	await ticker.getByLabel("every_ms (JSON)").fill("20");
	await call(ticker);
	// It goes on counting: a look at it may miss any number.
	await says(ticker, /^([3-9]|\d{2,}) items/);
	await ticker.getByRole("button", { name: "Cancel" }).click();
	await says(ticker, "Cancelled after ");
	assert.match(await output(ticker), /^"0"\n"1"\n"2"\n/);
});

test("wrong arguments are named, and nothing is sent", async () => {
	await open();
	const list = await form("Catalog.list");
	for (const [argument, value, words] of [
		["limit", "4294967296", "limit: 4294967296 is not an integer from 0 to"],
		["limit", "", "limit: "],
		["offset", "1", "offset: expected a string with an integer, got a number"],
	] as const) {
		await list.getByLabel(`${argument} (JSON)`).fill(value);
		await call(list);
		await says(list, `Failed: ${words}`);
		await list.getByLabel(`${argument} (JSON)`).fill('"0"');
	}
	assert.equal(visit.frames, 0);
});

test("a server that is not there is an error", async () => {
	await open();
	const touch = await form("Orders.touch");
	await touch.getByLabel("Address of the server").fill("ws://127.0.0.1:1");
	await call(touch);
	await says(touch, "Failed: there is no connection to ws://127.0.0.1:1");
	await touch.getByLabel("Address of the server").fill("127.0.0.1:1");
	await call(touch);
	await says(touch, 'Failed: "127.0.0.1:1" is not ws://');
	await touch.getByLabel("Address of the server").fill(shop.address);
	await call(touch);
	await says(touch, "Done");
});

test("the keyboard finds a method", async () => {
	await open();
	const { page } = visit;
	await page.keyboard.press("/");
	await page.keyboard.type("catalog find");
	await page.getByText("1 found").waitFor();
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("Enter");
	await eventually("#Catalog.find", async () => new URL(page.url()).hash);
	await page.keyboard.press("Escape");
	await eventually(true, () => page.locator("#contents").isVisible());
});

test("programs are shown in the language that was chosen", async () => {
	await open();
	const { page } = visit;
	for (const method of ["Catalog.find", "Orders.touch"]) {
		const article = page.locator(`[id="${method}"]`);
		await article.getByText("Code and example values").click();
		if (method === "Catalog.find") {
			await article.getByText("package main").waitFor();
			await article.getByRole("button", { name: "Python" }).click();
		}
		await article.getByText("import asyncio").waitFor();
		assert.equal(await article.getByText("package main").isVisible(), false);
		const pressed = article.getByRole("button", { pressed: true });
		assert.deepEqual(await pressed.allTextContents(), ["Python"]);
	}
});

test("the choice of dark or light is kept", async () => {
	await open();
	const { page } = visit;
	await page.getByRole("button", { name: "Dark" }).click();
	await page.reload();
	await page.getByRole("button", { name: "Light" }).waitFor();
});

test("hostile texts are texts", async () => {
	await open("", "hostile");
	const { page } = visit;
	await page.getByText("Try it").first().click();
	await page.keyboard.press("/");
	await page.keyboard.type("s");
	assert.equal(await page.evaluate("globalThis.hacked === undefined"), true);
	assert.equal(await page.locator("img, iframe, object, [onclick]").count(), 0);
});

for (const colorScheme of ["light", "dark"] as const) {
	test(`everybody can use the page when it is ${colorScheme}`, async () => {
		const { page } = visit;
		await page.emulateMedia({ colorScheme });
		await open();
		await page.getByText("Code and example values").first().click();
		await page.getByRole("button", { name: "TypeScript" }).click();
		await page.getByText("createClient(Catalog, connection)").waitFor();
		const find = await form("Catalog.find");
		await call(find);
		await says(find, "Done");
		// Nothing is left out because it is not on the screen.
		await page.evaluate(`for (const part of document.querySelectorAll("section, li")) {
			part.style.contentVisibility = "visible";
		}`);
		await page.evaluate(axe);
		const found = await page.evaluate<AxeResults>("axe.run()");
		const faults = found.violations.flatMap(({ help, nodes }) =>
			nodes.map(({ html }) => `${help}: ${html}`),
		);
		assert.deepEqual(faults, []);
		assert.ok(found.passes.length > 20, `${found.passes.length} rules passed`);
	});
}

test("1,000 services are shown within a second", async (context) => {
	const { page } = visit;
	const browsers = await page.context().newCDPSession(page);
	// The time of the page's thread, whatever else the machine does.
	await browsers.send("Performance.enable", { timeDomain: "threadTicks" });
	await open("", "large");
	const { metrics } = await browsers.send("Performance.getMetrics");
	const worked =
		1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 1);
	const painted = await page.evaluate<number>(
		`performance.getEntriesByName("first-contentful-paint")[0].startTime`,
	);
	const searched = await page.evaluate<number>(`(() => {
		const start = performance.now();
		const field = document.getElementById("search");
		field.value = "find";
		field.dispatchEvent(new Event("input"));
		document.getElementById("results").getBoundingClientRect();
		return performance.now() - start;
	})()`);
	const [first, all, search] = [painted, worked, searched].map(Math.round);
	context.diagnostic(
		`1,000 services: first paint after ${first} ms, all of the page ${all} ms of its thread, first search ${search} ms`,
	);
	for (const time of [painted, worked, searched]) {
		assert.ok(time < LARGE_PAGE_MS, `${Math.round(time)} ms`);
	}
});
