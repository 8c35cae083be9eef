//! Where the libraries are: in WEIR_LIB_DIR, else as pkg-config says, else where the linker looks.
use std::env;
use std::process::Command;

fn folder() -> Option<String> {
    if let Ok(folder) = env::var("WEIR_LIB_DIR") {
        return Some(folder);
    }
    let asked = Command::new("pkg-config").args(["--variable=libdir", "weir"]).output().ok()?;
    let said = String::from_utf8(asked.stdout).ok()?.trim().to_string();
    if said.is_empty() { None } else { Some(said) }
}

fn main() {
    println!("cargo:rerun-if-env-changed=WEIR_LIB_DIR");
    if let Some(folder) = folder() {
        println!("cargo:rustc-link-search=native={folder}");
    }
    println!("cargo:rustc-link-lib=weir");
    if env::var_os("CARGO_FEATURE_PIPELINE").is_some() {
        println!("cargo:rustc-link-lib=weir-pipeline");
    }
}
