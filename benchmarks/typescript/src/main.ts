/**
 * Measures one library: `codec LIBRARY REFERENCE_FOLDER SECONDS` or `rpc LIBRARY SECONDS`, with a figure per line.
 *
 * `cargo xtask bench` runs it, a process for each library, and compares.
 */

import { deepStrictEqual } from "node:assert/strict";

import { bebopLibrary } from "./codec/bebop.js";
import type { Library } from "./codec/library.js";
import { msgpackr } from "./codec/msgpackr.js";
import { protobufEs } from "./codec/protobuf-es.js";
import { protobufjs } from "./codec/protobufjs.js";
import { payload, rapace } from "./codec/rapace.js";
import { measure, report } from "./measure.js";
import type { Client } from "./rpc/client.js";
import { connectNode } from "./rpc/connect-node.js";
import { grpcJs } from "./rpc/grpc-js.js";
import { inFlight, sequential } from "./rpc/measure.js";
import { rapace as rapaceClient } from "./rpc/rapace.js";
import { raw } from "./rpc/raw.js";
import { CASES, reference, values } from "./values.js";

const LIBRARIES: Record<string, Library> = {
	rapace,
	"protobuf-es": protobufEs,
	protobufjs,
	msgpackr,
	bebop: bebopLibrary,
};

const CLIENTS: Record<string, () => Promise<Client>> = {
	rapace: () => rapaceClient("BENCH_RAPACE"),
	"rapace-stock": () => rapaceClient("BENCH_STOCK"),
	raw,
	"grpc-js": grpcJs,
	"connect-node": connectNode,
};

function codec(name: string, folder: string, seconds: number): void {
	const library = LIBRARIES[name];
	if (library === undefined) {
		throw new Error(`${name} is none of ${Object.keys(LIBRARIES).join(", ")}`);
	}
	const codecs = library(values(folder));
	for (const name of CASES) {
		const codec = codecs[name];
		const bytes = codec.encode();
		codec.check(bytes);
		if (library === rapace) {
			deepStrictEqual(payload(bytes), reference(folder, name), name);
		}
		report(
			name,
			"encode",
			measure(seconds, () => codec.encode()),
		);
		report(
			name,
			"decode",
			measure(seconds, () => codec.decode(bytes)),
		);
	}
}

async function rpc(name: string, seconds: number): Promise<void> {
	const open = CLIENTS[name];
	if (open === undefined) {
		throw new Error(`${name} is none of ${Object.keys(CLIENTS).join(", ")}`);
	}
	const client = await open();
	for (const name of ["small", "blob"] as const) {
		const call = client[name];
		await sequential(name, call, seconds);
		if (open !== CLIENTS["rapace-stock"]) {
			await inFlight(name, call, seconds);
		}
	}
	await client.close();
}

const [what, library = "", ...rest] = process.argv.slice(2);
if (what === "codec" && rest.length === 2) {
	codec(library, rest[0] ?? "", Number(rest[1]));
} else if (what === "rpc" && rest.length === 1) {
	await rpc(library, Number(rest[0]));
} else {
	throw new Error(
		"usage: codec LIBRARY REFERENCE_FOLDER SECONDS | rpc LIBRARY SECONDS",
	);
}
