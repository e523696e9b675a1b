use std::path::Path;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(has_tables)");
    println!("cargo::rustc-cfg=has_tables");
    let service = "#[rapace::service]\npub trait Generated { async fn zip(&self) -> u32; async fn add(&self); }\n";
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(Path::new(&out).join("generated.rs"), service).unwrap();
}
