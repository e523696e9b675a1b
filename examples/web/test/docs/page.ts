/** Pages that `rapace docs` has written, and what is inside them. */

import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";

import { variable } from "../environment.js";

/** A method as the page's script knows it. */
export interface Method {
	readonly name: string;
	readonly stream: boolean;
}

/** What the tests call of the page's script. */
export interface Script {
	encodeRequest(types: unknown, method: Method, values: unknown): Uint8Array;
	decodeAnswer(types: unknown, method: Method, bytes: Uint8Array): unknown;
}

/** A page that is written in the folder of the pages. */
export class DocsPage {
	readonly path: string;

	constructor(name: string) {
		this.path = `${variable("DOCS_PAGES")}/${name}.html`;
	}

	/** Its address as a file. */
	get address(): string {
		return pathToFileURL(this.path).href;
	}

	/** Its script without a document, and the data that it has. */
	async inside(): Promise<{
		script: Script;
		types: unknown;
		methods: Method[];
	}> {
		const html = await readFile(this.path, "utf8");
		const [, data = ""] = /id="data">(.*)<\/script>/.exec(html) ?? [];
		const [, script = ""] =
			/<script>(.*)<\/script>\n<\/body>/s.exec(html) ?? [];
		const globals = { TextDecoder, TextEncoder, atob, btoa, Uint8Array };
		const functions = "({ encodeRequest, decodeAnswer })";
		return {
			script: runInNewContext(`${script}\n${functions}`, globals),
			...JSON.parse(data),
		};
	}
}
