import { useState } from "react";

import { Books } from "./Books.js";
import { Problem } from "./Problem.js";
import { Search } from "./Search.js";
import { Status } from "./Status.js";
import { Ticker } from "./Ticker.js";
import { useShop } from "./useShop.js";

/** The page. */
export function App({ address }: { address: string }) {
	const [attempt, setAttempt] = useState(1);
	return (
		<Shop
			key={attempt}
			address={address}
			onRetry={() => setAttempt(attempt + 1)}
		/>
	);
}

function Shop({ address, onRetry }: { address: string; onRetry: () => void }) {
	const shop = useShop(address);
	return (
		<>
			<header>
				<h1>Bookshop</h1>
				<Status address={address} state={shop.state} />
			</header>
			<main>
				{shop.state === "unreachable" && (
					<section>
						<Problem error={shop.error} />
						<button type="button" onClick={onRetry}>
							Try again
						</button>
					</section>
				)}
				{"catalog" in shop && (
					<>
						<Books
							catalog={shop.catalog}
							connected={shop.state === "connected"}
						/>
						<Search catalog={shop.catalog} />
						<Ticker catalog={shop.catalog} />
					</>
				)}
			</main>
		</>
	);
}
