//! Counts the errors of a log by host, and goes on behind lines that say nothing.
#[cfg(not(feature = "weir-sys"))] // without cargo: the files
#[path = "weir.rs"]
#[allow(dead_code)]
mod weir;
use std::collections::BTreeMap;

fn host_of(line: Vec<u8>) -> Result<Option<String>, String> {
    let line = String::from_utf8_lossy(&line);
    let words: Vec<&str> = line.split_whitespace().collect();
    let host = words.get(2).ok_or("not enough fields")?;
    Ok(if words[1] == "ERROR" { Some(host.to_string()) } else { None })
}

fn main() {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for host in weir::lines(&std::env::args().nth(1).expect("errors_by_host LOG")).map(host_of) {
        match host {
            Ok(weir::Made(Some(host))) => *counts.entry(host).or_default() += 1,
            Ok(_) => {}
            Err(error) => println!("line {}: {}", error.record, error.message),
        }
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    for (host, n) in sorted {
        println!("{host} {n}");
    }
}
