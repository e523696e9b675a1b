use rapace_host::{Host, Limits, Listener, Tls};

async fn serve(host: Host) -> Result<(), Box<dyn std::error::Error>> {
    {{block}}
    Ok(())
}
