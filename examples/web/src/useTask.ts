import { useCallback, useEffect, useRef, useState } from "react";

/** Something that a component does and the user can stop: a call, or the reading of a stream. */
export interface Task {
	readonly running: boolean;
	/** Why the last run failed; nothing when it went well or was cancelled. */
	readonly error: unknown;
	/** Starts `work`, which gives `signal` to its calls. A run before it that has not ended is cancelled. */
	readonly run: (work: (signal: AbortSignal) => Promise<void>) => void;
	readonly cancel: () => void;
}

/** A task of this component. It is cancelled when the component goes. */
export function useTask(): Task {
	const [state, setState] = useState<Pick<Task, "running" | "error">>(IDLE);
	const current = useRef<AbortController>(undefined);

	const cancel = useCallback(() => current.current?.abort(), []);

	const run = useCallback<Task["run"]>((work) => {
		current.current?.abort();
		const controller = new AbortController();
		current.current = controller;
		const { signal } = controller;
		/** A run that another has replaced says nothing. */
		const end = (error?: unknown) => {
			if (current.current === controller) {
				setState({ running: false, error: signal.aborted ? undefined : error });
			}
		};
		setState({ running: true, error: undefined });
		work(signal).then(() => end(), end);
	}, []);

	useEffect(() => cancel, [cancel]);

	return { ...state, run, cancel };
}

const IDLE = { running: false, error: undefined };
