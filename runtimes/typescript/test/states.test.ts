/** How a connection stands, and what is said of it. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type ConnectionState, createClient, logStates } from "../src/index.js";
import { connect } from "../src/node.js";
import { dial, Echo, failure, peer } from "./support.js";

describe("states", () => {
	test("are told in order, once each, until the connection is lost", async () => {
		const server = await peer();
		server.serve((_, socket) => socket.destroy());
		const states: ConnectionState[] = [];
		const connection = await dial(server, {
			onState: (state) => states.push(state),
		});
		assert.equal(connection.state, "connected");
		await failure(createClient(Echo, connection).nothing());
		const cause = await connection.closed;
		await connection.close();
		assert.equal(connection.state, "closed");
		assert.deepEqual(states, [
			{ state: "connecting" },
			{ state: "connected" },
			{ state: "closed", cause },
		]);
	});

	test("end with the cause when there was no connection", async () => {
		const states: ConnectionState[] = [];
		const error = await failure(
			connect("unix:///nonexistent/rapace.sock", {
				onState: (state) => states.push(state),
			}),
		);
		assert.deepEqual(states, [
			{ state: "connecting" },
			{ state: "closed", cause: error },
		]);
	});

	test("are logged without arguments and answers", async () => {
		const server = await peer();
		server.serve((_, socket) => socket.destroy());
		const lines: string[] = [];
		const connection = await dial(server, {
			onState: logStates(
				{
					debug: (line) => lines.push(`debug ${line}`),
					info: (line) => lines.push(`info ${line}`),
				},
				"shop",
			),
		});
		await failure(createClient(Echo, connection).echo("secret"));
		await connection.closed;
		assert.deepEqual(lines, [
			"debug shop: connecting",
			"debug shop: connected",
			`info shop: closed: connection lost (${server.address})`,
		]);
	});
});
