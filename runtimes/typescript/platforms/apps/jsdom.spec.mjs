/** Calls out of a page that jsdom is: with Node's sockets, and with jsdom's own WebSocket. */

import { Catalog } from "bookshop";
import { connect } from "bookshop/node";
import { createClient, isRapaceError } from "bookshop/rapace";
import { connect as connectWeb } from "bookshop/web";
import { expect, test } from "vitest";

import { outcomes } from "./calls.mjs";

const [good, tcp, ws] = JSON.parse(process.env.SPEC);

test("TCP, and the WebSocket of ws", async () => {
	expect(typeof window).toBe("object");
	expect(await outcomes(connect, [tcp, ws])).toEqual([good, good]);
});

test("the WebSocket of jsdom", async () => {
	expect(await outcomes(connectWeb, [ws])).toEqual([good]);
});

test("the AbortSignal of jsdom gives a call up", async () => {
	const connection = await connectWeb(ws);
	const catalog = createClient(Catalog, connection);
	const leaving = new window.AbortController();
	const ticks = [];
	let failure;
	try {
		for await (const tick of catalog.ticker(1, { signal: leaving.signal })) {
			ticks.push(tick);
			leaving.abort();
		}
	} catch (error) {
		failure = error;
	}
	expect(ticks).toHaveLength(1);
	expect(isRapaceError(failure) && failure.code).toBe("Cancelled");
	await connection.close();
});
