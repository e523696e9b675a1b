// Calls all three services.

import { JobErrorException, Jobs, Queues, Workers } from "jobs";
import { connect, createClient } from "jobs/node";

const connection = await connect("tcp://127.0.0.1:9000");
const jobs = createClient(Jobs, connection);
const queues = createClient(Queues, connection);
const workers = createClient(Workers, connection);

await queues.create({ name: "nightly", needs: new Set(["disk"]), concurrency: 2 });
const spec = {
	name: "backup",
	queue: "nightly",
	payload: { kind: "Command", program: "tar", args: ["czf", "all.tgz"] },
	priority: "Normal",
	labels: new Map([["team", "storage"]]),
	after: new Set(),
};
const submitted = await jobs.submit(spec);
console.log("submitted");
for (const job of await workers.lease("w1", new Set(["disk", "gpu"]), 10)) {
	console.log("leased", job.spec.name);
	await jobs.putArtifact(job.id, "log", new TextEncoder().encode("all is well"));
	await workers.finish(job.id, { kind: "Done" });
}
await workers.notifyHeartbeat("w1");
for await (const event of jobs.watch(submitted)) {
	console.log(`event ${event.number} at ${event.at.toISOString().slice(0, 19).replace("T", " ")}`);
}
const page = await jobs.list({ queue: "nightly", atLeast: "Low", labels: new Map() }, 0, 10);
console.log(`${page.total} job, its log has ${page.items[0].artifacts.get("log")} bytes`);
try {
	await jobs.submit({ ...spec, queue: "weekly" });
} catch (failed) {
	if (!(failed instanceof JobErrorException) || failed.error.kind !== "UnknownQueue") throw failed;
	console.log("no queue", failed.error.value);
}
await connection.close();
