/**
 * Runs `program.mjs` with the bookshop's package in a `vm` context, whose classes are not those of Node's own modules:
 * `ArrayBuffer`, `Uint8Array`, `Map`, `Error` and all else that the language has.
 */

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

const context = vm.createContext({
	AbortController,
	TextDecoder,
	TextEncoder,
	clearTimeout,
	performance,
	process,
	queueMicrotask,
	setTimeout,
});

const modules = new Map();

async function load(specifier, parent) {
	const path = specifier.startsWith(".")
		? resolve(dirname(parent), specifier)
		: fileURLOf(specifier);
	const known = path ?? specifier;
	if (!modules.has(known)) {
		modules.set(
			known,
			path === undefined ? await foreign(specifier) : inside(path),
		);
	}
	return modules.get(known);
}

/** Where a module of the bookshop's package is; nothing for those of Node, and for `ws`, which are of the other realm. */
function fileURLOf(specifier) {
	return specifier.startsWith("bookshop")
		? fileURLToPath(import.meta.resolve(specifier))
		: undefined;
}

function inside(path) {
	return new vm.SourceTextModule(readFileSync(path, "utf8"), {
		context,
		identifier: path,
		importModuleDynamically: async (specifier) => {
			const module = await load(specifier, path);
			if (module.status === "unlinked") {
				await module.link(link);
			}
			await module.evaluate();
			return module;
		},
	});
}

async function foreign(specifier) {
	const namespace = await import(specifier);
	const names = Object.keys(namespace);
	return new vm.SyntheticModule(
		names,
		function () {
			for (const name of names) {
				this.setExport(name, namespace[name]);
			}
		},
		{ context, identifier: specifier },
	);
}

const link = (specifier, { identifier }) => load(specifier, identifier);

const main = await load("./program.mjs", fileURLToPath(import.meta.url));
await main.link(link);
await main.evaluate();
