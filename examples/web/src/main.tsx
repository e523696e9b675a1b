import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App.js";
import "./style.css";

/** Where the shop is: `?shop=ws://host:port`, or this machine. */
const address =
	new URLSearchParams(location.search).get("shop") ?? "ws://127.0.0.1:9000";

const root = document.getElementById("root");
if (root === null) {
	throw new Error("index.html has no element with the id root");
}
createRoot(root).render(
	<StrictMode>
		<App address={address} />
	</StrictMode>,
);
