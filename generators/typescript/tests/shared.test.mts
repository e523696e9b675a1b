/** Two packages of two APIs on one runtime, which is a package of its own: they share a connection, errors and interceptors. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Catalog } from "bookshop";
import {
	type CatalogHandler,
	Catalog as ServedCatalog,
} from "bookshop/handlers";
import { Plugin } from "plugin-hello";
import {
	type PluginHandler,
	Plugin as ServedPlugin,
} from "plugin-hello/handlers";
import { type Interceptor, intercept, StatusError } from "rapace";
import { connect, createClient, createHost, listen, serve } from "rapace/node";

/** A handler of which the test calls these functions alone. */
function only<Handler extends object>(known: Partial<Handler>): Handler {
	return new Proxy(known, {
		get: (target, name) => Reflect.get(target, name) ?? assert.fail,
	}) as Handler;
}

test("two packages share a connection, errors and interceptors", async () => {
	const catalog = only<CatalogHandler>({ greeting: () => "Welcome" });
	const plugin = only<PluginHandler>({
		greet(name) {
			throw new StatusError("Unavailable", `no greeting for ${name}`);
		},
	});
	const host = createHost([
		serve(ServedCatalog, catalog),
		serve(ServedPlugin, plugin),
	]);
	const { address } = await listen(host, "tcp://127.0.0.1:0");
	const connection = await connect(address);
	const called: string[] = [];
	const noting: Interceptor = {
		unary(call, next) {
			called.push(`${call.service}.${call.method}`);
			return next(call);
		},
	};
	const noted = intercept(connection, [noting]);
	assert.equal(await createClient(Catalog, noted).greeting(), "Welcome");
	await assert.rejects(createClient(Plugin, noted).greet("Ann"), (error) => {
		assert.ok(error instanceof StatusError);
		assert.equal(error.detail, "no greeting for Ann");
		return true;
	});
	assert.deepEqual(called, ["Catalog.greeting", "Plugin.greet"]);
	assert.equal(host.connections, 1);
	await connection.close();
	await host.close();
});
