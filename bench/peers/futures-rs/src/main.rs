//! The futures-rs side of the stream benchmarks: one line per row and variant, as
//! `row<TAB>variant<TAB>ns_per_item`.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::process::exit;
use std::task::{Context, Poll};
use std::time::Instant;

use futures::executor::block_on;
use futures::future::ready;
use futures::stream::{self, LocalBoxStream, Stream, StreamExt};

const DEFAULT_ITEMS: i64 = 20_000_000;
const USAGE: &str = "usage: peer [--row NAME] [--items N]
Runs every row, or the rows called NAME, once each. N, from 1000 to 1000000000, is the size they are
scaled from: each takes the multiple of it that suits its speed. By default N is 20000000.";

/// How one stage is handed to the next: every pipeline below is written once, over this.
trait Style {
    type Stage<S: Stream + 'static>: Stream<Item = S::Item> + 'static;
    fn stage<S: Stream + 'static>(stream: S) -> Self::Stage<S>;
}

/// One static type for the whole pipeline, which the compiler may inline into a single loop.
struct Fused;

impl Style for Fused {
    type Stage<S: Stream + 'static> = S;
    fn stage<S: Stream + 'static>(stream: S) -> S {
        stream
    }
}

/// Every stage on the heap behind a vtable, as when a pipeline is put together at run time.
struct Boxed;

impl Style for Boxed {
    type Stage<S: Stream + 'static> = LocalBoxStream<'static, S::Item>;
    fn stage<S: Stream + 'static>(stream: S) -> Self::Stage<S> {
        stream.boxed_local()
    }
}

fn range<W: Style>(n: i64) -> W::Stage<stream::Iter<std::ops::Range<i64>>> {
    W::stage(stream::iter(0..n))
}

fn sum(stream: impl Stream<Item = i64>) -> i64 {
    block_on(stream.fold(0i64, |sum, x| ready(sum.wrapping_add(x))))
}

fn chain4<W: Style>(n: i64) -> i64 {
    let tripled = W::stage(range::<W>(n).map(|x| x * 3 + 1));
    let even = W::stage(tripled.filter(|x| ready(x & 1 == 0)));
    sum(W::stage(even.map(|x| x ^ (x >> 3))))
}

fn chain4_handloop(n: i64) -> i64 {
    let mut sum = 0i64;
    for i in 0..n {
        let x = i * 3 + 1;
        if x & 1 == 0 {
            sum = sum.wrapping_add(x ^ (x >> 3));
        }
    }
    sum
}

fn select<W: Style>(n: i64) -> i64 {
    sum(W::stage(stream::select(range::<W>(n / 2), range::<W>(n / 2))))
}

fn zip<W: Style>(n: i64) -> i64 {
    let pairs = W::stage(range::<W>(n).zip(range::<W>(n)));
    sum(W::stage(pairs.map(|(a, b)| a.wrapping_add(b))))
}

fn chunks64<W: Style>(n: i64) -> i64 {
    let chunks = W::stage(range::<W>(n).chunks(64));
    sum(W::stage(chunks.map(|chunk| chunk.iter().sum())))
}

fn buffer_unordered16<W: Style>(n: i64) -> i64 {
    let futures = W::stage(range::<W>(n).map(ready));
    sum(W::stage(futures.buffer_unordered(16)))
}

fn buffer_unordered16_pending<W: Style>(n: i64) -> i64 {
    let futures = W::stage(range::<W>(n).map(|value| PendingOnce { value, polled: false }));
    sum(W::stage(futures.buffer_unordered(16)))
}

/// Wakes itself and is pending at the first poll, and gives its value at the second.
struct PendingOnce {
    value: i64,
    polled: bool,
}

impl Future for PendingOnce {
    type Output = i64;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<i64> {
        if self.polled {
            return Poll::Ready(self.value);
        }
        self.polled = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

type Run = fn(i64) -> i64;

/// Row, variant, the multiple of the item count that makes a run last 0.2 s to 0.5 s, the pipeline.
const ROWS: &[(&str, &str, f64, Run)] = &[
    ("chain4", "fused", 10.0, chain4::<Fused>),
    ("chain4", "boxed", 1.5, chain4::<Boxed>),
    ("chain4", "handloop", 30.0, chain4_handloop),
    ("select", "fused", 2.5, select::<Fused>),
    ("select", "boxed", 1.5, select::<Boxed>),
    ("zip", "fused", 2.5, zip::<Fused>),
    ("zip", "boxed", 1.0, zip::<Boxed>),
    ("chunks64", "fused", 5.0, chunks64::<Fused>),
    ("chunks64", "boxed", 5.0, chunks64::<Boxed>),
    ("buffer_unordered16", "fused", 0.1, buffer_unordered16::<Fused>),
    ("buffer_unordered16", "boxed", 0.1, buffer_unordered16::<Boxed>),
    ("buffer_unordered16_pending", "fused", 0.05, buffer_unordered16_pending::<Fused>),
    ("buffer_unordered16_pending", "boxed", 0.05, buffer_unordered16_pending::<Boxed>),
];

/// Nanoseconds for one run; the boxes keep the bound unknown to the compiler and the result alive.
fn time(n: i64, run: Run) -> f64 {
    let start = Instant::now();
    black_box(run(black_box(n)));
    start.elapsed().as_secs_f64() * 1e9
}

fn row(name: &str, variant: &str, n: i64, run: Run) {
    time(n / 10, run);
    println!("{name}\t{variant}\t{:.3}", time(n, run) / n as f64);
}

fn usage() -> ! {
    eprintln!("{USAGE}");
    exit(2)
}

fn item_count(text: &str) -> Option<i64> {
    text.parse().ok().filter(|n| (1_000..=1_000_000_000).contains(n))
}

fn main() {
    let mut only = None;
    let mut items = DEFAULT_ITEMS;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match (arg.as_str(), args.next()) {
            ("--row", Some(name)) if ROWS.iter().any(|r| r.0 == name) => only = Some(name),
            ("--items", Some(n)) => items = item_count(&n).unwrap_or_else(|| usage()),
            _ => usage(),
        }
    }
    for &(name, variant, multiple, run) in ROWS {
        if only.as_deref().is_none_or(|wanted| wanted == name) {
            row(name, variant, (items as f64 * multiple) as i64, run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain loops that every variant of a row has to agree with.
    fn expected(name: &str, n: i64) -> i64 {
        match name {
            "chain4" => {
                (0..n).map(|i| i * 3 + 1).filter(|x| x & 1 == 0).map(|x| x ^ (x >> 3)).sum()
            }
            "select" => (0..n / 2).sum::<i64>() * 2,
            "zip" => (0..n).sum::<i64>() * 2,
            _ => (0..n).sum(),
        }
    }

    #[test]
    fn variants_agree() {
        for n in [0, 1, 15, 64, 1_001] {
            for &(name, variant, _, run) in ROWS {
                assert_eq!(run(n), expected(name, n), "{name} {variant} {n}");
            }
        }
    }
}
