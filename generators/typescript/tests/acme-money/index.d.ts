export declare class Money {
	readonly cents: bigint;
	readonly currency: string;
	constructor(cents: bigint, currency: string);
}
export declare function moneyOf(wire: {
	minor: bigint;
	currency: string;
}): Money;
export declare function wireOf(money: Money): {
	minor: bigint;
	currency: string;
};
export interface Weight {
	readonly kilograms: number;
}
export declare function from(grams: number): Weight;
export declare function value(weight: Weight): number;
export interface Note {
	readonly text: string | null;
}
export declare function noteOf(text: string | undefined): Note;
export declare function textOf(note: Note): string | undefined;
export type Level = 0 | 1;
export declare function levelOf(name: "Low" | "High"): Level;
export declare function nameOf(level: Level): "Low" | "High";
type Branch =
	| { kind: "Leaf"; value: number }
	| { kind: "Node"; value: Tree[] };
export interface Tree {
	readonly branch: Branch;
}
export declare function treeOf(branch: Branch): Tree;
export declare function branchOf(tree: Tree): Branch;
