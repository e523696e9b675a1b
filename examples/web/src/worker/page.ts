/** Shows what a worker finds out. The page itself has no connection. */

import type { News } from "./shop.js";

const list = document.querySelector("ol");
const status = document.querySelector("[role=status]");

const worker = new Worker(new URL("./shop.ts", import.meta.url), {
	type: "module",
});
worker.addEventListener("message", ({ data }: MessageEvent<News>) => {
	switch (data.kind) {
		case "book": {
			const item = document.createElement("li");
			item.textContent = data.title;
			list?.append(item);
			break;
		}
		case "end":
			status?.replaceChildren("That is all.");
			break;
		case "error":
			status?.replaceChildren(data.message);
			break;
	}
});
worker.postMessage(
	new URLSearchParams(location.search).get("shop") ?? "ws://127.0.0.1:9000",
);
