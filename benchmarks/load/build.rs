//! Makes the gRPC client, with a compiler of Protocol Buffers that is Rust too.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let descriptors = protox::compile(["workload.proto"], ["../proto"])?;
    tonic_prost_build::configure()
        .build_server(false)
        .compile_fds(descriptors)?;
    println!("cargo::rerun-if-changed=../proto");
    Ok(())
}
