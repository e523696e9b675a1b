/** The real bookshop server, over WebSocket. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readlink } from "node:fs/promises";
import { createInterface } from "node:readline";

import { variable } from "./environment.js";

/** A running server: a fresh shop. It ends with this process at the latest. */
export class Shop {
	/** Where it listens: `ws://127.0.0.1:9000`. */
	readonly address: string;
	private readonly server: ChildProcess;
	/** How many sockets it has without any connection. */
	private readonly idle: number;

	private constructor(address: string, server: ChildProcess, idle: number) {
		this.address = address;
		this.server = server;
		this.idle = idle;
	}

	/** Starts a server at `address`, by default at a port that is free. For `wss://` it shows the tests' certificate. */
	static async open(address = "ws://127.0.0.1:0"): Promise<Shop> {
		const server = spawn(
			variable("BOOKSHOP_SERVER"),
			[
				...["--listen", address, "--until-stdin-closes"],
				...["--certificate", variable("BOOKSHOP_CERTIFICATE")],
				...["--key", variable("BOOKSHOP_KEY")],
			],
			{ stdio: ["pipe", "pipe", "inherit"] },
		);
		for await (const line of createInterface(server.stdout)) {
			const actual = /^listening host (\S+)$/.exec(line)?.[1];
			if (actual !== undefined) {
				return new Shop(actual, server, await sockets(server));
			}
		}
		throw new Error(`bookshop-server ended before it listened at ${address}`);
	}

	/** How many connections the server holds. */
	async connections(): Promise<number> {
		return (await sockets(this.server)) - this.idle;
	}

	/** Ends it without a farewell. */
	async kill(): Promise<void> {
		if (this.server.exitCode === null && this.server.signalCode === null) {
			this.server.kill("SIGKILL");
			await once(this.server, "exit");
		}
	}
}

/** How many sockets a process has open. */
async function sockets({ pid }: ChildProcess): Promise<number> {
	const folder = `/proc/${pid}/fd`;
	const files = await readdir(folder);
	const targets = await Promise.all(
		// A file may be closed while it is looked at.
		files.map((file) => readlink(`${folder}/${file}`).catch(() => "")),
	);
	return targets.filter((target) => target.startsWith("socket:")).length;
}
