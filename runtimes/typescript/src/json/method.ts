import { tuple } from "./composed.js";
import { type AnyForm, fromJson, type JsonValue, toJson } from "./form.js";

/** The JSON forms of the arguments and the answer of a method: for logs, and for gateways. */
export interface MethodForm {
	/** The form of each argument. */
	readonly arguments: readonly AnyForm[];
	/** The form of the answer, or of an item of the stream. */
	readonly answer: AnyForm;
	/** The JSON forms of the arguments. */
	argumentsToJson(values: readonly unknown[]): JsonValue;
	/** The arguments of their JSON forms. */
	argumentsFromJson(data: unknown): unknown[];
	/** The JSON form of the answer, or of an item of the stream. */
	answerToJson(value: unknown): JsonValue;
	/** The answer, or the item, of its JSON form. */
	answerFromJson(data: unknown): unknown;
}

/** The forms of a method with these arguments. */
export function method(
	values: () => readonly AnyForm[],
	answer: () => AnyForm,
): MethodForm {
	const all = () => tuple<readonly unknown[]>(...values());
	return {
		get arguments() {
			return values();
		},
		get answer() {
			return answer();
		},
		argumentsToJson: (given) => toJson(all(), given),
		argumentsFromJson: (data) => [...fromJson(all(), data)],
		answerToJson: (value) => toJson(answer(), value as never),
		answerFromJson: (data) => fromJson(answer(), data),
	};
}
