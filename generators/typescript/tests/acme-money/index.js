export class Money {
	constructor(cents, currency) {
		this.cents = cents;
		this.currency = currency;
	}
}
export function moneyOf({ minor, currency }) {
	if (currency.length !== 3) {
		throw new RangeError("a currency has three letters");
	}
	return new Money(minor, currency);
}
export function wireOf(money) {
	if (!(money instanceof Money)) {
		throw new TypeError("expected a Money");
	}
	return { minor: money.cents, currency: money.currency };
}
export const from = (grams) => ({ kilograms: grams / 1024 });
export const value = ({ kilograms }) => kilograms * 1024;
export const noteOf = (text) => ({ text: text ?? null });
export const textOf = ({ text }) => text ?? undefined;
export const levelOf = (name) => (name === "Low" ? 0 : 1);
export const nameOf = (level) => ["Low", "High"][level];
export const treeOf = (branch) => ({ branch });
export const branchOf = ({ branch }) => branch;
