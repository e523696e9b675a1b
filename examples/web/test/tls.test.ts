/** The shop behind TLS. It is the browser that judges certificates, and the page says that there is no connection. */

import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";

import { Visitor } from "./browser.js";
import { variable } from "./environment.js";
import { Shop } from "./shop.js";

const shop = await Shop.open("wss://127.0.0.1:0");
after(() => shop.kill());

test("a browser that trusts the shop's certificate calls it at wss://", async () => {
	const visitor = await Visitor.arrive(
		`--ignore-certificate-errors-spki-list=${await fingerprint()}`,
	);
	try {
		const { page, complaints } = await visitor.open(shop.address);
		await page.getByText("1 to 4 of 6").waitFor();
		assert.deepEqual(complaints, []);
	} finally {
		await visitor.leave();
	}
});

test("a browser that does not trust it does not call", async () => {
	const visitor = await Visitor.arrive();
	try {
		const { page, complaints } = await visitor.open(shop.address);
		await page.getByText(`Cannot reach ${shop.address}`).waitFor();
		assert.match(
			(await page.getByRole("alert").textContent()) ?? "",
			/^Unavailable: /,
		);
		assert.deepEqual(complaints, []);
	} finally {
		await visitor.leave();
	}
});

/** What Chromium knows a certificate by: the digest of its public key. */
async function fingerprint(): Promise<string> {
	const { publicKey } = new X509Certificate(
		await readFile(variable("BOOKSHOP_CERTIFICATE")),
	);
	const key = publicKey.export({ type: "spki", format: "der" });
	return createHash("sha256").update(key).digest("base64");
}
