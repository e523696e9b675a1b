//! The server: three services on one listener. `jobs [ADDRESS]` prints the address that it listens at.

use jobs::{JobsServer, QueuesServer, Scheduler, WorkersServer, jobs_register, queues_register, workers_register};
use rapace_host::{Host, Listener};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or("tcp://127.0.0.1:9000".to_owned());
    let scheduler = Scheduler::default();
    let (jobs, queues, workers) = (scheduler.clone(), scheduler.clone(), scheduler);
    let host = Host::new()
        .service(jobs_register, move |transport| {
            JobsServer::new(jobs.clone()).into_session_dispatcher(transport)
        })?
        .service(queues_register, move |transport| {
            QueuesServer::new(queues.clone()).into_session_dispatcher(transport)
        })?
        .service(workers_register, move |transport| {
            WorkersServer::new(workers.clone()).into_session_dispatcher(transport)
        })?;
    let listener = Listener::bind(&address.parse()?).await?;
    println!("listening on {}", listener.address()?);
    host.serve(listener, async {
        tokio::signal::ctrl_c().await.ok();
    })
    .await;
    Ok(())
}
