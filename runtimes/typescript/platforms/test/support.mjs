/** What the tests of platforms share: programs in folders of their own, the bookshop's package beside them, its server. */

import { execFile, spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Where the bookshop's generated package is, compiled. */
const PACKAGE = wanted("BOOKSHOP_PACKAGE");

/** Where programs are put: no folder above it has packages. */
const APPS = wanted("PLATFORM_APPS");

/** The program of the bookshop's server. */
const SERVER = wanted("BOOKSHOP_SERVER");

/** This folder's packages. */
export const PACKAGES = fileURLToPath(
	new URL("../node_modules", import.meta.url),
);

/** The files that the tests put into programs. */
export const FILES = fileURLToPath(new URL("../apps", import.meta.url));

/** The runtime's own `ws`. */
const WS_PACKAGE = fileURLToPath(
	new URL("../../node_modules/ws", import.meta.url),
);

/**
 * A fresh folder with these files of `apps/`, the bookshop's package as npm would install it, and links to `packages`, of
 * which `ws` is one.
 */
export function program(name, files, packages = []) {
	const folder = empty(name);
	const modules = join(folder, "node_modules");
	mkdirSync(modules, { recursive: true });
	for (const part of ["package.json", "dist"]) {
		const from = join(PACKAGE, part);
		cpSync(from, join(modules, "bookshop", part), { recursive: true });
	}
	for (const each of packages) {
		const target = each === "ws" ? WS_PACKAGE : join(PACKAGES, each);
		mkdirSync(dirname(join(modules, each)), { recursive: true });
		symlinkSync(target, join(modules, each));
	}
	for (const file of files) {
		cpSync(join(FILES, file), join(folder, file), { recursive: true });
	}
	const described = { name, private: true, type: "module" };
	writeFileSync(join(folder, "package.json"), JSON.stringify(described));
	return folder;
}

/** A fresh folder of that name. */
export function empty(name) {
	const folder = join(APPS, name);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	return folder;
}

/** Runs a program of Node and returns what it prints, as JSON. */
export async function answers(folder, ...words) {
	const { stdout } = await run(folder, process.execPath, ...words);
	return JSON.parse(stdout);
}

/** Runs a program to its end; rejects with what it wrote when it fails. */
export function run(folder, command, ...words) {
	return promisify(execFile)(command, words, { cwd: folder, timeout: 120_000 });
}

/** What `apps/calls.mjs` says of an address when all is well. */
export const GOOD = {
	greeting: "Welcome to the bookshop! Willkommen, ようこそ, bienvenue 📚",
	stocked: 1,
	newest: 6,
};

/** Starts a server that ends with the test file; its addresses over TCP and over WebSocket. */
export async function server() {
	const listeners = ["tcp", "ws"].flatMap((scheme) => [
		"--listen",
		`${scheme}://127.0.0.1:0`,
	]);
	const child = spawn(SERVER, [...listeners, "--until-stdin-closes"], {
		stdio: ["pipe", "pipe", "inherit"],
	});
	after(() => child.stdin.end());
	const addresses = [];
	for await (const line of createInterface({ input: child.stdout })) {
		addresses.push(line.split(" ").at(-1));
		if (addresses.length === 2) {
			break;
		}
	}
	const [tcp, ws] = addresses;
	return { tcp, ws };
}

function wanted(name) {
	const value = process.env[name];
	if (value === undefined) {
		throw new Error(
			`${name} is not set: \`cargo xtask test --only platforms\` sets it`,
		);
	}
	return value;
}
