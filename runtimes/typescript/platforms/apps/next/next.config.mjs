/** Packages are links to where npm has put them. */
export default {
	turbopack: { root: process.env.PLATFORM_ROOT },
	outputFileTracingRoot: process.env.PLATFORM_ROOT,
};
