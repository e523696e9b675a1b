/** A deadline that never comes, and a timeout that never ends. Written as a quotient, which is shorter on a page than its name. */
export const NEVER: number = 1 / 0;

/** The longest delay of `setTimeout`, in milliseconds, some 24 days: a longer one ends at once. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** A time in whole milliseconds, as messages show it: the rest of a timeout has many digits. */
export const whole: (ms: number) => number = Math.ceil;
