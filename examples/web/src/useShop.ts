import { Catalog, type CatalogClient } from "bookshop";
import { backoff, connect, createClient } from "bookshop/web";
import { useEffect, useState } from "react";

/** The shop as the page sees it. */
export type Shop =
	| { readonly state: "connecting" }
	| { readonly state: "unreachable"; readonly error: unknown }
	| {
			/** While `disconnected`, new calls wait for the connection to be back. */
			readonly state: "connected" | "disconnected";
			readonly catalog: CatalogClient;
	  };

/** Connects to the shop, and keeps the connection for as long as the component is there. */
export function useShop(address: string): Shop {
	const [catalog, setCatalog] = useState<CatalogClient>();
	const [connected, setConnected] = useState(false);
	const [error, setError] = useState<unknown>();

	useEffect(() => {
		const leaving = new AbortController();
		const { signal } = leaving;
		/** What is heard after the component has gone concerns nobody. */
		const whileHere =
			<Value>(set: (value: Value) => void) =>
			(value: Value) => {
				if (!signal.aborted) {
					set(value);
				}
			};
		const connecting = connect(address, {
			signal,
			reconnect: backoff(),
			onState: whileHere(({ state }) => setConnected(state === "connected")),
		});
		connecting.then(
			whileHere((connection) => setCatalog(createClient(Catalog, connection))),
			whileHere(setError),
		);
		return () => {
			leaving.abort();
			connecting.then((connection) => connection.close()).catch(() => {});
		};
	}, [address]);

	if (catalog !== undefined) {
		return { state: connected ? "connected" : "disconnected", catalog };
	}
	return error === undefined
		? { state: "connecting" }
		: { state: "unreachable", error };
}
