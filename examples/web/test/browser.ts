/** Pages in a real Chromium, and all that they complain about. */

import { type Browser, chromium, type Page } from "playwright-core";
import { createServer, type InlineConfig, preview } from "vite";

import { variable } from "./environment.js";

/** How long a test waits for what it wants to see, in milliseconds: far more than it takes on a busy machine. */
const PATIENCE_MS = 20_000;

/** What Chromium itself writes on the console when a server cannot be reached. No page can prevent it. */
const UNREACHABLE = /^WebSocket connection to '\S+' failed: /;

/** What Vite serves pages with. */
interface Pages {
	readonly resolvedUrls: { readonly local: string[] } | null;
	close(): Promise<void>;
}

const AT_A_FREE_PORT = { host: "127.0.0.1", port: 0, strictPort: true };
const VITE: InlineConfig = {
	root: new URL("..", import.meta.url).pathname,
	logLevel: "warn",
	preview: AT_A_FREE_PORT,
	server: AT_A_FREE_PORT,
};

/** A browser, and the server that it gets pages from. */
export class Visitor {
	private readonly browser: Browser;
	private readonly pages: Pages;

	private constructor(browser: Browser, pages: Pages) {
		this.browser = browser;
		this.pages = pages;
	}

	/** A visitor of the pages as `npm run build` has built them. `options` are Chromium's. */
	static async arrive(...options: string[]): Promise<Visitor> {
		return new Visitor(await launch(options), await preview(VITE));
	}

	/** A visitor of the pages as `npm run dev` serves them: React looks closer at them then. */
	static async arriveInDevelopment(): Promise<Visitor> {
		const server = await createServer(VITE);
		return new Visitor(await launch([]), await server.listen());
	}

	/** Ends the browser and the server. */
	async leave(): Promise<void> {
		await this.browser.close();
		await this.pages.close();
	}

	/** Opens a page that calls the shop at `shop`. */
	async open(shop: string, path = "/"): Promise<Visit> {
		const context = await this.browser.newContext();
		context.setDefaultTimeout(PATIENCE_MS);
		const visit = new Visit(await context.newPage());
		const [origin] = this.pages.resolvedUrls?.local ?? [];
		await visit.page.goto(`${new URL(path, origin)}?shop=${shop}`);
		return visit;
	}
}

function launch(args: string[]): Promise<Browser> {
	return chromium.launch({ executablePath: variable("CHROMIUM"), args });
}

/** A page, and what went on in it. */
export class Visit {
	readonly page: Page;
	/** What a console shows in red: errors, warnings, exceptions and rejections that nobody handled. */
	readonly complaints: string[] = [];
	/** How many frames the shop sent. */
	frames = 0;

	constructor(page: Page) {
		this.page = page;
		page.on("console", (message) => {
			const text = message.text();
			const serious = ["error", "warning"].includes(message.type());
			if (serious && !UNREACHABLE.test(text)) {
				this.complaints.push(text);
			}
		});
		page.on("pageerror", (error) => this.complaints.push(String(error)));
		page.on("websocket", (socket) => {
			socket.on("framereceived", () => this.frames++);
		});
	}
}

/** Waits until `look` sees what is `wanted`. */
export async function eventually<Value>(
	wanted: Value,
	look: () => Promise<Value>,
): Promise<void> {
	const end = performance.now() + PATIENCE_MS;
	let seen = await look();
	while (seen !== wanted) {
		if (performance.now() > end) {
			throw new Error(`${seen} instead of ${wanted} after ${PATIENCE_MS} ms`);
		}
		await new Promise((resolve) => setTimeout(resolve, 10));
		seen = await look();
	}
}
