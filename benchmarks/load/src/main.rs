//! Calls a server of the workload, and prints how long a call took: one call at a time, or with 64 in flight.
//!
//! ```text
//! bench-load PROTOCOL ADDRESS CASE sequential|in_flight_64 SECONDS
//! ```
//!
//! The figure is a line of JSON. Every answer must be equal to what was sent.

mod call;
mod connect;
mod frames;
mod grpc;
mod stock;

use std::time::{Duration, Instant};

use futures::future::try_join_all;

use crate::call::{Caller, Case, Op, Result, median};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [protocol, address, case, op, seconds] = &arguments[..] else {
        return Err("usage: bench-load PROTOCOL ADDRESS CASE sequential|in_flight_64 SECONDS".into());
    };
    let (case_of, op_of) = (case_named(case)?, op_named(op)?);
    let time = Duration::from_secs_f64(seconds.parse()?);
    let ns = match &**protocol {
        "frames" => frames::measure(address, case_of, op_of, time).await?,
        "grpc" => measure(grpc::callers(address, case_of, op_of).await?, time).await?,
        "stock" => measure(stock::callers(address, case_of, op_of).await?, time).await?,
        "connect" => measure(connect::callers(address, case_of, op_of).await?, time).await?,
        other => return Err(format!("there is no protocol {other}").into()),
    };
    println!(r#"{{"case":"{case}","op":"served_{op}","ns":{ns:.1}}}"#);
    Ok(())
}

fn case_named(name: &str) -> Result<Case> {
    match name {
        "small" => Ok(Case::Small),
        "blob" => Ok(Case::Blob),
        other => Err(format!("there is no case {other}").into()),
    }
}

fn op_named(name: &str) -> Result<Op> {
    match name {
        "sequential" => Ok(Op::Sequential),
        "in_flight_64" => Ok(Op::InFlight),
        other => Err(format!("there is no operation {other}").into()),
    }
}

/// Returns the nanoseconds of a call: the median of one caller, or the time over the number of calls of several.
async fn measure(mut callers: Vec<Box<dyn Caller>>, time: Duration) -> Result<f64> {
    for caller in &mut callers {
        caller.call().await?;
    }
    let start = Instant::now();
    let loops = callers.iter_mut().map(|caller| repeat(&mut **caller, start + time));
    let took: Vec<Vec<Duration>> = try_join_all(loops).await?;
    match &took[..] {
        [one] => Ok(median(one.clone())),
        many => Ok(start.elapsed().as_nanos() as f64 / many.iter().map(Vec::len).sum::<usize>() as f64),
    }
}

/// Calls until this time, and at least once.
async fn repeat(caller: &mut dyn Caller, until: Instant) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    while took.is_empty() || Instant::now() < until {
        let begin = Instant::now();
        caller.call().await?;
        took.push(begin.elapsed());
    }
    Ok(took)
}
