/** The real bookshop server, over WebSocket. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import { createInterface } from "node:readline";

import { variable } from "./environment.js";

/** The state of a socket that listens, in `/proc/net/tcp`. */
const LISTENING = "0A";

/** A running server: a fresh shop. It ends with this process at the latest. */
export class Shop {
	/** Where it listens: `ws://127.0.0.1:9000`. */
	readonly address: string;
	private readonly server: ChildProcess;

	private constructor(address: string, server: ChildProcess) {
		this.address = address;
		this.server = server;
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
				return new Shop(actual, server);
			}
		}
		throw new Error(`bookshop-server ended before it listened at ${address}`);
	}

	/** How many connections the server holds, also those that the client has left. */
	async connections(): Promise<number> {
		const { pid } = this.server;
		const port = Number(new URL(this.address).port);
		const held = await files(`/proc/${pid}/fd`);
		const rows = (await readFile(`/proc/${pid}/net/tcp`, "utf8")).split("\n");
		return rows.slice(1).filter((row) => {
			const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
			const here = Number.parseInt(local?.split(":")[1] ?? "", 16) === port;
			return here && state !== LISTENING && held.has(`socket:[${inode}]`);
		}).length;
	}

	/** Ends it without a farewell. */
	async kill(): Promise<void> {
		if (this.server.exitCode === null && this.server.signalCode === null) {
			this.server.kill("SIGKILL");
			await once(this.server, "exit");
		}
	}
}

/** What the files are that a process has open. */
async function files(folder: string): Promise<Set<string>> {
	const names = await readdir(folder);
	const targets = await Promise.all(
		// A file may be closed while it is looked at.
		names.map((name) => readlink(`${folder}/${name}`).catch(() => "")),
	);
	return new Set(targets);
}
