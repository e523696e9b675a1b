import type { CatalogClient } from "bookshop";
import { useState } from "react";

import { Problem } from "./Problem.js";
import { useTask } from "./useTask.js";

/** How often the shop sends a number, in milliseconds. */
const TICK_MS = 50;

/** A stream without an end, until the button stops it. */
export function Ticker({ catalog }: { catalog: CatalogClient }) {
	const [latest, setLatest] = useState<bigint>();
	const { run, running, error, cancel } = useTask();

	function start() {
		run(async (signal) => {
			for await (const tick of catalog.ticker(TICK_MS, { signal })) {
				setLatest(tick);
			}
		});
	}

	return (
		<section aria-labelledby="ticker">
			<h2 id="ticker">Ticker</h2>
			<p>
				<output aria-label="Latest tick">{latest?.toString() ?? "–"}</output>
				<button type="button" onClick={running ? cancel : start}>
					{running ? "Stop" : "Start"}
				</button>
			</p>
			<Problem error={error} />
		</section>
	);
}
