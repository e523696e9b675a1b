import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Only what the pages bring along may run, and nothing is compiled at run time; they may call a shop anywhere. */
const CONTENT_SECURITY_POLICY =
	"default-src 'self'; script-src 'self'; connect-src ws: wss:";

export default defineConfig({
	plugins: [react()],
	build: {
		rolldownOptions: { input: ["index.html", "worker.html", "serving.html"] },
	},
	preview: {
		headers: { "Content-Security-Policy": CONTENT_SECURITY_POLICY },
	},
});
