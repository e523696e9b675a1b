/** The page by the rules of WCAG 2.2, as far as a program can judge them. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, test } from "node:test";

import type { AxeResults } from "axe-core";

import { Visitor } from "./browser.js";
import { Shop } from "./shop.js";

const { resolve } = createRequire(import.meta.url);
const axe = await readFile(resolve("axe-core/axe.min.js"), "utf8");

const shop = await Shop.open();
const visitor = await Visitor.arrive();
after(async () => {
	await visitor.leave();
	await shop.kill();
});

for (const colorScheme of ["light", "dark"] as const) {
	test(`everybody can use the page when it is ${colorScheme}`, async () => {
		const { page } = await visitor.open(shop.address);
		await page.emulateMedia({ colorScheme });
		const button = (name: string) => page.getByRole("button", { name });
		await button("Order").first().click();
		await button("Search").click();
		await page.getByRole("alert").waitFor();
		await button("Start").click();
		await button("Stop").waitFor();
		await page.evaluate(axe);
		const found = await page.evaluate<AxeResults>("axe.run()");
		const faults = found.violations.flatMap(({ help, nodes }) =>
			nodes.map(({ html }) => `${help}: ${html}`),
		);
		assert.deepEqual(faults, []);
		assert.ok(found.passes.length > 20, `${found.passes.length} rules passed`);
	});
}
