/** Cap'n Web over a WebSocket, to its own server in a process that the program starts: JSON on the wire, one session. */

import { deepStrictEqual } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { newWebSocketRpcSession, type RpcStub, RpcTarget } from "capnweb";
import { WebSocket, WebSocketServer } from "ws";

import { BLOB, type Client, SMALL } from "./client.js";

// Node has had the class only since its version 22, and Cap'n Web compares with its constants.
globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;

/** The argument that makes the program a server. */
export const SERVE = "serve-capnweb";

/** Sends back what it is sent. */
class Workload extends RpcTarget {
	small(value: typeof SMALL): typeof SMALL {
		return value;
	}

	blob(value: Uint8Array): Uint8Array {
		return value;
	}
}

/** Serves on a port that the system chooses, prints it, and ends when the standard input does. */
export async function serve(): Promise<void> {
	const server = new WebSocketServer({
		host: "127.0.0.1",
		port: 0,
		perMessageDeflate: false,
	});
	server.on("connection", (socket) => {
		newWebSocketRpcSession(standard(socket), new Workload());
	});
	await once(server, "listening");
	console.log((server.address() as AddressInfo).port);
	process.stdin.resume();
	process.stdin.once("end", () => process.exit(0));
}

export async function capnweb(): Promise<Client> {
	const server = spawn(process.execPath, [main(), SERVE], {
		stdio: ["pipe", "pipe", "inherit"],
	});
	const socket = new WebSocket(`ws://127.0.0.1:${await firstLine(server)}`, {
		perMessageDeflate: false,
	});
	await once(socket, "open");
	const workload: RpcStub<Workload> = newWebSocketRpcSession<Workload>(
		standard(socket),
	);
	const small = async () => await workload.small(SMALL);
	const blob = async () => await workload.blob(BLOB);
	deepStrictEqual(await small(), SMALL);
	deepStrictEqual(Uint8Array.from(await blob()), BLOB);
	return {
		small,
		blob,
		close: async () => {
			socket.terminate();
			server.stdin?.end();
			await once(server, "exit");
		},
	};
}

/** The socket as the platform's class, whose part that Cap'n Web uses it has. */
function standard(socket: WebSocket): globalThis.WebSocket {
	return socket as unknown as globalThis.WebSocket;
}

/** This program's own file. */
function main(): string {
	return fileURLToPath(new URL("../main.js", import.meta.url));
}

async function firstLine(server: ChildProcess): Promise<string> {
	if (server.stdout === null) {
		throw new Error("the server has no standard output");
	}
	const [line] = await once(createInterface({ input: server.stdout }), "line");
	return String(line);
}
