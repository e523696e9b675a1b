import { isRapaceError } from "bookshop/rapace";

/** Says what went wrong; nothing when nothing did. */
export function Problem({ error }: { error: unknown }) {
	if (error === undefined) {
		return null;
	}
	return <p role="alert">{describe(error)}</p>;
}

function describe(error: unknown): string {
	if (isRapaceError(error)) {
		return `${error.code}: ${error.message}`;
	}
	return String(error);
}
