/** The servers that the tests call, and how they start one of their own. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after } from "node:test";

import { type Connection, type ConnectOptions, connect } from "bookshop/node";

/** The value of a variable that the task which runs these tests has set. */
function variable(name: string): string {
	const value = process.env[name];
	if (value === undefined) {
		throw new Error(
			`${name} is not set: run \`cargo xtask test --only typescript\``,
		);
	}
	return value;
}

/** Both services on the host, over TCP. */
export const TCP = variable("BOOKSHOP_TCP");
/** Both services on the host, over a Unix socket. */
export const UNIX = variable("BOOKSHOP_UNIX");
/** The catalog alone, behind rapace's plain `serve()`: one call after another, in three small writes per frame. */
export const PLAIN_CATALOG = variable("BOOKSHOP_PLAIN_CATALOG");
/** The orders alone, likewise. */
export const PLAIN_ORDERS = variable("BOOKSHOP_PLAIN_ORDERS");

/** Connects; the connection is closed when the tests of the file are over. */
export async function dial(
	address: string,
	options?: ConnectOptions,
): Promise<Connection> {
	const connection = await connect(address, options);
	after(() => connection.close());
	return connection;
}

/** A server of a test's own: a fresh shop. */
export interface Server {
	/** Where both services are served, over TCP. */
	readonly address: string;
	/** Ends it without a farewell. */
	kill(): void;
}

/** Starts a server. It ends with the tests of the file. */
export async function start(): Promise<Server> {
	const child = spawn(
		variable("BOOKSHOP_SERVER"),
		["--listen", "tcp://127.0.0.1:0", "--until-stdin-closes"],
		{ stdio: ["pipe", "pipe", "inherit"] },
	);
	const kill = () => {
		child.kill("SIGKILL");
	};
	after(kill);
	for await (const line of createInterface(child.stdout)) {
		const address = /^listening host (\S+)$/.exec(line)?.[1];
		if (address !== undefined) {
			return { address, kill };
		}
	}
	throw new Error("bookshop-server ended before it listened");
}
