//! Writes the reference bytes of every value, as facet-postcard encodes them: `bench-reference FOLDER`.

use std::error::Error;
use std::fs;
use std::path::Path;

use facet::Facet;
use workload::seed;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: bench-reference FOLDER")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    write(folder, "small", &seed::small())?;
    write(folder, "order", &seed::order())?;
    write(folder, "batch", &seed::batch())?;
    write(folder, "ints", &seed::ints())?;
    write(folder, "floats", &seed::floats())?;
    write(folder, "strings", &seed::strings())?;
    write(folder, "blob", &seed::blob())
}

fn write<T: Facet<'static>>(folder: &Path, name: &str, value: &T) -> Result<(), Box<dyn Error>> {
    let bytes = facet_postcard::to_vec(value).map_err(|error| format!("{name}: {error}"))?;
    Ok(fs::write(folder.join(format!("{name}.bin")), bytes)?)
}
