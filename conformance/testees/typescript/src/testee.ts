/**
 * The testee for TypeScript: does what lines of JSON on standard input say, with generated clients.
 *
 * `testee.js API_JSON`. Wrong values are passed on as the wrong values that they look like: it is the generated code that
 * has to refuse them.
 */

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { getHeapSpaceStatistics } from "node:v8";
import { Calls, Values as ValuesService } from "../generated/src/index.js";
import {
	type AnyRapaceError,
	type Connection,
	connect,
	createClient,
	isRapaceError,
} from "../generated/src/rapace/node.js";
import type { Api, TypeRef } from "./api.js";
import { camelCase, Values } from "./values.js";

interface Command {
	id: number;
	connect?: string;
	close?: true;
	call?: string;
	stream?: string;
	arguments?: unknown[];
	measure?: true;
}

/** Where V8 puts new objects, unless they are made by compiling. */
const OF_OBJECTS = new Set([
	"new_space",
	"new_large_object_space",
	"large_object_space",
]);

type Anything = (...values: unknown[]) => unknown;

const api = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Api;
const values = new Values(api);
let connection: Connection | undefined;

async function obey(command: Command): Promise<object> {
	if (command.connect !== undefined) {
		await connection?.close();
		connection = await connect(command.connect);
		return { connected: true };
	}
	if (command.close) {
		await connection?.close();
		return { closed: true };
	}
	if (command.call !== undefined) {
		const { call, response } = bound(command.call, command.arguments ?? []);
		return { value: values.toJson(response, await call()) };
	}
	const { call, response } = bound(
		command.stream ?? "",
		command.arguments ?? [],
	);
	const items: unknown[] = [];
	try {
		for await (const item of call() as AsyncIterable<unknown>) {
			items.push(values.toJson(response, item));
		}
	} catch (error) {
		return { items, error: describe(error) };
	}
	return { items, end: true };
}

/** The method with its arguments, ready to be called. */
function bound(
	path: string,
	args: unknown[],
): { call: () => unknown; response: TypeRef } {
	const [serviceName, methodName] = path.split(".");
	const service = api.services.find((each) => each.name === serviceName);
	const method = service?.methods.find((each) => each.name === methodName);
	if (connection === undefined || method === undefined) {
		throw new Error(`no connection, or no method ${path}`);
	}
	const client: object =
		serviceName === "Calls"
			? createClient(Calls, connection)
			: createClient(ValuesService, connection);
	const bare = client as Record<string, Anything>;
	const converted = method.arguments.map(({ type }, index) =>
		values.fromJson(type, args[index]),
	);
	return {
		call: () => bare[camelCase(method.name)]?.(...converted),
		response: method.response,
	};
}

/** An error of the runtime's, as the contract has it. */
function describe(error: unknown): object {
	if (!isRapaceError(error)) {
		throw error;
	}
	return { kind: error.kind, message: error.message, ...details(error) };
}

function details(error: AnyRapaceError): object {
	switch (error.kind) {
		case "status":
			return {
				message: error.detail,
				code: error.number,
				remote: error.remote,
			};
		case "decode":
			return { offset: error.offset, path: error.path };
		case "encode":
			return { path: error.path };
		default:
			return {};
	}
}

/** What came of a command, an error of the runtime's too. */
async function outcome(command: Command): Promise<object> {
	try {
		return await obey(command);
	} catch (error) {
		return { error: describe(error) };
	}
}

/**
 * An outcome, with how many bytes more are in use than before. Nothing is collected meanwhile, unless it is so much that the
 * collector must run; then what it leaves still tells. Without `--expose-gc` nothing is measured.
 */
async function measured(command: Command): Promise<object> {
	if (globalThis.gc === undefined) {
		return outcome(command);
	}
	globalThis.gc();
	// What the first has let go of counts until the second.
	globalThis.gc();
	const before = inUse();
	const result = await outcome(command);
	return { ...result, allocated: Math.max(0, inUse() - before) };
}

/** Bytes of objects that are new or large, and of the buffers behind objects: not of code, which comes when V8 likes. */
function inUse(): number {
	const spaces = getHeapSpaceStatistics().filter(({ space_name }) =>
		OF_OBJECTS.has(space_name),
	);
	const objects = spaces.map(({ space_used_size }) => space_used_size);
	const { external } = process.memoryUsage();
	return objects.reduce((sum, size) => sum + size, external);
}

async function answer(command: Command): Promise<void> {
	const result = await (command.measure ? measured(command) : outcome(command));
	say({ id: command.id, ...result });
}

function say(line: object): void {
	process.stdout.write(`${JSON.stringify(line)}\n`);
}

say({ ready: "typescript" });
for await (const line of createInterface({ input: process.stdin })) {
	// What is not the runtime's own error is a defect: it ends the program, as an unhandled rejection.
	void answer(JSON.parse(line) as Command);
}
await connection?.close();
