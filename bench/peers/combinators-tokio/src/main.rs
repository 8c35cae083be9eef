//! The tokio-stream side of the combinators: rows of `bench/items.c`, fused into one type and with
//! every stage boxed, and its channel.
//!
//! ```text
//! combinators          row, style and CPU nanoseconds an item, the least of 30 short runs
//! ```

mod clock;

use std::hint::black_box;
use std::pin::Pin;

use tokio_stream::{self as stream, Stream, StreamExt};

const RUNS: usize = 30;
const ITEMS: i64 = 60_000;

type Boxed = Pin<Box<dyn Stream<Item = i64>>>;

fn boxed(stream: impl Stream<Item = i64> + 'static) -> Boxed {
    Box::pin(stream)
}

fn scale(x: i64) -> i64 {
    x.wrapping_mul(3) + 1
}

fn mix_bits(x: i64) -> i64 {
    x ^ (x >> 3)
}

async fn sum(stream: impl Stream<Item = i64>) -> i64 {
    let mut stream = std::pin::pin!(stream);
    let mut total = 0i64;
    while let Some(x) = stream.next().await {
        total = total.wrapping_add(x);
    }
    total
}

async fn channel(n: i64) -> i64 {
    let (tx, mut rx) = tokio::sync::mpsc::channel(64);
    let sends = async move {
        for x in 0..n {
            tx.send(x).await.unwrap();
        }
    };
    let receives = async move {
        let mut total = 0i64;
        while let Some(x) = rx.recv().await {
            total = total.wrapping_add(x);
        }
        total
    };
    let sender = tokio::task::spawn_local(sends);
    let total = receives.await;
    sender.await.unwrap();
    total
}

fn time<F: Future<Output = i64>>(name: &str, style: &str, run: impl Fn(i64) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let local = tokio::task::LocalSet::new();
    let mut least = f64::INFINITY;
    for _ in 0..RUNS {
        let start = clock::cpu_ns();
        black_box(local.block_on(&runtime, run(black_box(ITEMS))));
        least = least.min(clock::cpu_ns() - start);
    }
    println!("{name}\t{style}\t{:.3}", least / ITEMS as f64);
}

fn main() {
    time("map", "fused", |n| sum(stream::iter(0..n).map(scale)));
    time("map", "boxed", |n| sum(boxed(boxed(stream::iter(0..n)).map(scale))));
    time("chain4", "fused", |n| {
        sum(stream::iter(0..n).map(scale).filter(|x| x & 1 == 0).map(mix_bits))
    });
    time("chain4", "boxed", |n| {
        let scaled = boxed(boxed(stream::iter(0..n)).map(scale));
        sum(boxed(boxed(scaled.filter(|x| x & 1 == 0)).map(mix_bits)))
    });
    time("take_while", "fused", |n| sum(stream::iter(0..n).take_while(|x| *x >= 0)));
    time("chain", "fused", |n| sum(stream::iter(0..n / 2).chain(stream::iter(0..n / 2))));
    time("select", "fused", |n| sum(stream::iter(0..n / 2).merge(stream::iter(0..n / 2))));
    time("select", "boxed", |n| {
        sum(boxed(boxed(stream::iter(0..n / 2)).merge(boxed(stream::iter(0..n / 2)))))
    });
    time("channel", "mpsc", channel);
}
