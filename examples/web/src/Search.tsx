import type { CatalogClient, SearchHit } from "bookshop";
import { useState } from "react";

import { Problem } from "./Problem.js";
import { availability, place } from "./text.js";
import { useTask } from "./useTask.js";

const MOST_HITS = 50;

/** Searches the shop. Hits are shown as they come. */
export function Search({ catalog }: { catalog: CatalogClient }) {
	const [hits, setHits] = useState<SearchHit[]>();
	const { run, running, error } = useTask();

	function search(form: FormData) {
		const text = String(form.get("text"));
		setHits([]);
		// A search that still runs is cancelled by the next one.
		run(async (signal) => {
			for await (const hit of catalog.search(text, MOST_HITS, { signal })) {
				setHits((hits = []) => [...hits, hit]);
			}
		});
	}

	return (
		<section aria-labelledby="search" aria-busy={running}>
			<h2 id="search">Search</h2>
			<search>
				<form
					onSubmit={(event) => {
						event.preventDefault();
						search(new FormData(event.currentTarget));
					}}
				>
					<input name="text" type="search" aria-label="Title, author or tag" />
					<button type="submit">Search</button>
				</form>
			</search>
			<Problem error={error} />
			{hits && (
				<>
					<ol aria-label="Hits">
						{hits.map((hit) => (
							<li key={hit.isbn}>
								{hit.title}{" "}
								<small>
									{place(hit.place)}, {availability(hit.availability)}
								</small>
							</li>
						))}
					</ol>
					{!running && !error && <p>{hits.length} found</p>}
				</>
			)}
		</section>
	);
}
