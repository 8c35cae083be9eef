//! The futures-rs side of the item benchmarks: the rows of `bench/items.c`, item for item.
//!
//! ```text
//! peer list                row names
//! peer ROW STYLE           row, style and CPU nanoseconds an item, the least of 30 short runs
//! peer ROW STYLE ITEMS     one run of so many: row, style and what the items came to
//! ```
//!
//! STYLE is `boxed` (every stage on the heap behind a vtable) or `fused` (one static type).

mod clock;
mod rows;
mod style;

use std::hint::black_box;
use std::process::exit;

use rows::{ROWS, Row, Run};

const RUNS: usize = 30;
const ITEMS_MAX: i64 = 100_000_000;

/// Nanoseconds an item, the least of the runs. The boxes keep the bound unknown to the compiler and
/// the result alive.
fn least_ns(run: Run, n: i64) -> f64 {
    let time = |_| {
        let start = clock::cpu_ns();
        black_box(run(black_box(n)));
        clock::cpu_ns() - start
    };
    (0..RUNS).map(time).fold(f64::INFINITY, f64::min) / n as f64
}

fn give_up(message: &str) -> ! {
    eprintln!("peer: {message}");
    exit(2)
}

fn find_row(name: &str) -> &'static Row {
    ROWS.iter()
        .find(|row| row.name == name)
        .unwrap_or_else(|| give_up(&format!("no row is called '{name}'; `peer list` has them")))
}

/// The run and the items of its short runs: a fused chain is given as many as weir at demand 64.
fn find_style(row: &Row, style: &str) -> (Run, i64) {
    match style {
        "boxed" => (row.boxed, row.items),
        "fused" => (row.fused, row.items * 4),
        _ => give_up(&format!("'{style}' is no style; boxed or fused")),
    }
}

fn item_count(text: &str) -> i64 {
    let items = text.parse().ok().filter(|n| (1..=ITEMS_MAX).contains(n));
    items.unwrap_or_else(|| give_up(&format!("ITEMS is '{text}'; from 1 to {ITEMS_MAX}")))
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["list"] => ROWS.iter().for_each(|row| println!("{}", row.name)),
        [name, style] => {
            let (run, items) = find_style(find_row(name), style);
            println!("{name}\t{style}\t{:.3}", least_ns(run, items));
        }
        [name, style, items] => {
            let (run, _) = find_style(find_row(name), style);
            println!("{name}\t{style}\t{}", run(item_count(items)));
        }
        _ => give_up("usage: peer list | ROW boxed|fused [ITEMS]"),
    }
}
