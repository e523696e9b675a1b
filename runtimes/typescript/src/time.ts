/** A deadline that never comes, and a timeout that never ends. */
export const NEVER: number = Number.POSITIVE_INFINITY;

/** The longest delay of `setTimeout`, in milliseconds, some 24 days: a longer one ends at once. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** A time in whole milliseconds, as messages show it: the rest of a timeout has many digits. */
export const whole: (ms: number) => number = Math.ceil;
