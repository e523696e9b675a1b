use jobs::{JobsServer, QueuesServer, Scheduler, jobs_register, queues_register};
use rapace_host::Host;

fn build(scheduler: Scheduler) -> Result<(), Box<dyn std::error::Error>> {
    {{block}}
    Ok(())
}
