/** The value of a variable that the task which runs these tests has set. */
export function variable(name: string): string {
	const value = process.env[name];
	if (value === undefined) {
		throw new Error(`${name} is not set: run \`cargo xtask test --only web\``);
	}
	return value;
}
