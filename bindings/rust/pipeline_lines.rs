//! The lines of a pipeline of the command: pipeline_lines 'seq 5 ! skip 3'
#[cfg(not(feature = "weir-sys"))] // without cargo: the files
#[path = "weir.rs"]
#[allow(dead_code)]
mod weir;
use std::io::{stdout, Write};
use weir::{Allow, Options};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = std::env::args().nth(1).expect("pipeline_lines TEXT");
    let options = Options { allow: &[Allow::Read], ..Options::default() };
    let pipeline = weir::pipeline(&text, options).unwrap_or_else(|error| {
        let (before, caret) = (" ".repeat(error.at.start), "^".repeat(error.at.len()));
        eprintln!("{text}\n{before}{caret} {error}");
        std::process::exit(1)
    });
    for line in pipeline.lines()? {
        stdout().write_all(&line?)?;
        stdout().write_all(b"\n")?;
    }
    Ok(())
}
