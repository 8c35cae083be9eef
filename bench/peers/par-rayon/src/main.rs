//! What parallel iteration over plain items costs in rayon, on two threads: the rows of `bench/par.c`.

#[path = "../../par-tokio/src/measure.rs"]
mod measure;

use rayon::prelude::*;

fn main() {
    rayon::ThreadPoolBuilder::new().num_threads(2).build_global().expect("a pool");
    measure::print_bodies("map", |items| {
        (0..items).into_par_iter().map(measure::work).reduce(|| 0, measure::add)
    });
    // All results stand there, in order, before they are added, as a consumer would have them.
    measure::print_bodies("map_collect", |items| {
        let all: Vec<u64> = (0..items).into_par_iter().map(measure::work).collect();
        all.into_iter().fold(0, measure::add)
    });
}
