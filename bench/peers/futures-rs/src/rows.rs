//! The rows, in the order of `bench/items.c`: each runs a chain over n items and gives what they
//! come to.

use std::arch::asm;
use std::cell::Cell;
use std::future::Future;
use std::hint::black_box;
use std::ops::Range;
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::task::{Context, Poll};

use futures::channel::mpsc;
use futures::executor::block_on;
use futures::future::{Either, join, ready};
use futures::stream::{self, Stream, StreamExt, TryStreamExt};

use crate::style::{Boxed, Fused, Style};

pub type Run = fn(i64) -> i64;

pub struct Row {
    pub name: &'static str,
    /// In a short run of the boxed chain.
    pub items: i64,
    pub boxed: Run,
    pub fused: Run,
}

macro_rules! rows {
    ($($name:ident $items:expr,)*) => {
        &[$(Row {
            name: stringify!($name),
            items: $items,
            boxed: $name::<Boxed>,
            fused: $name::<Fused>,
        }),*]
    };
}

pub const ROWS: &[Row] = rows! {
    range 60_000,
    map 60_000,
    chain4 60_000,
    chain4_all 60_000,
    own_loop 60_000,
    take 60_000,
    take_while 60_000,
    skip 60_000,
    skip_while 60_000,
    enumerate 60_000,
    scan 60_000,
    peekable 60_000,
    filter_map 60_000,
    try_map 60_000,
    inspect 60_000,
    chunks64 60_000,
    collect 60_000,
    step_by 60_000,
    chain8 60_000,
    filter_predictable 60_000,
    random 60_000,
    random_filter 60_000,
    random_map16 60_000,
    random_filter16 60_000,
    random_filter4 60_000,
    large64 30_000,
    large256 15_000,
    owned_all 60_000,
    owned_half 60_000,
    select 60_000,
    zip 60_000,
    chain 60_000,
    merge2 60_000,
    merge100 60_000,
    merge1000_quiet 240_000,
    flatten1000 60_000,
    flatten10 30_000,
    flatten_unordered16 30_000,
    then 6_000,
    buffered16 6_000,
    buffered16_pending 3_000,
    buffer_unordered16 6_000,
    buffer_unordered16_pending 3_000,
    then_async 6_000,
    map_async16 6_000,
    map_async16_pending 3_000,
    map_async_ordered16 6_000,
    channel 60_000,
};

type Numbers<W> = <W as Style>::Stage<stream::Iter<Range<i64>>>;

fn numbers<W: Style>(from: i64, to: i64) -> Numbers<W> {
    W::stage(stream::iter(from..to))
}

fn sum(stream: impl Stream<Item = i64>) -> i64 {
    block_on(stream.fold(0i64, |sum, x| ready(sum.wrapping_add(x))))
}

/// Holds x in a register once, at no cost: where it stands, the compiler would make one formula of
/// the whole fused chain.
fn made(mut x: i64) -> i64 {
    // SAFETY: there is no instruction.
    unsafe { asm!("/* {0} */", inout(reg) x, options(pure, nomem, nostack, preserves_flags)) };
    x
}

/// `sum` of items that are each made.
fn sum_made(stream: impl Stream<Item = i64>) -> i64 {
    block_on(stream.fold(0i64, |sum, x| ready(sum.wrapping_add(made(x)))))
}

fn is_even(x: &i64) -> bool {
    x & 1 == 0
}

fn is_positive(x: &i64) -> bool {
    *x >= 0
}

// ---- one input ----

fn range<W: Style>(n: i64) -> i64 {
    sum_made(numbers::<W>(0, n))
}

fn map<W: Style>(n: i64) -> i64 {
    sum_made(W::stage(numbers::<W>(0, n).map(|x| x * 3 + 1)))
}

/// range, map, filter, map: the chain that most comparisons are made with.
fn scaled_and_mixed<W: Style>(
    n: i64,
    middle: impl Fn(&i64) -> bool + 'static,
) -> impl Stream<Item = i64> {
    let scaled = W::stage(numbers::<W>(0, n).map(|x| x * 3 + 1));
    let kept = W::stage(scaled.filter(move |x| ready(middle(x))));
    W::stage(kept.map(|x| x ^ (x >> 3)))
}

fn chain4<W: Style>(n: i64) -> i64 {
    sum(scaled_and_mixed::<W>(n, is_even))
}

fn chain4_all<W: Style>(n: i64) -> i64 {
    sum(scaled_and_mixed::<W>(n, is_positive))
}

fn own_loop<W: Style>(n: i64) -> i64 {
    let mut stream = pin!(scaled_and_mixed::<W>(n, is_even));
    block_on(async move {
        let mut sum = 0i64;
        while let Some(x) = stream.next().await {
            sum = sum.wrapping_add(x);
        }
        sum
    })
}

fn take<W: Style>(n: i64) -> i64 {
    sum_made(W::stage(numbers::<W>(0, n).take(n as usize)))
}

fn take_while<W: Style>(n: i64) -> i64 {
    sum_made(W::stage(numbers::<W>(0, n).take_while(|x| ready(is_positive(x)))))
}

fn skip<W: Style>(n: i64) -> i64 {
    sum(W::stage(numbers::<W>(0, n).skip(n as usize / 2)))
}

fn skip_while<W: Style>(n: i64) -> i64 {
    sum(W::stage(numbers::<W>(0, n).skip_while(|x| ready(is_even(x)))))
}

fn enumerate<W: Style>(n: i64) -> i64 {
    let indexed = W::stage(numbers::<W>(0, n).enumerate());
    sum_made(W::stage(indexed.map(|(i, x)| (i as i64).wrapping_add(x))))
}

fn scan<W: Style>(n: i64) -> i64 {
    let sums = numbers::<W>(0, n).scan(0i64, |sum, x| {
        *sum = sum.wrapping_add(x);
        ready(Some(*sum))
    });
    sum_made(W::stage(sums))
}

fn peekable<W: Style>(n: i64) -> i64 {
    sum_made(W::stage(numbers::<W>(0, n).peekable()))
}

fn filter_map<W: Style>(n: i64) -> i64 {
    let halves = numbers::<W>(0, n).filter_map(|x| ready(is_even(&x).then_some(x >> 1)));
    sum(W::stage(halves))
}

/// A function that may fail, and does not: the compiler is not told.
fn try_map<W: Style>(n: i64) -> i64 {
    let may_fail = |x: i64| if x == i64::MAX { Err(()) } else { Ok(x + 1) };
    let results = W::stage(numbers::<W>(0, n).map(may_fail));
    block_on(results.try_fold(0i64, |sum, x| ready(Ok(sum.wrapping_add(made(x)))))).unwrap_or(-1)
}

fn inspect<W: Style>(n: i64) -> i64 {
    let seen = numbers::<W>(0, n).inspect(|x| {
        black_box(*x);
    });
    sum(W::stage(seen))
}

fn wrapping_sum(items: Vec<i64>) -> i64 {
    items.iter().fold(0i64, |sum, x| sum.wrapping_add(*x))
}

fn chunks64<W: Style>(n: i64) -> i64 {
    let chunks = W::stage(numbers::<W>(0, n).chunks(64));
    sum(W::stage(chunks.map(wrapping_sum)))
}

fn collect<W: Style>(n: i64) -> i64 {
    wrapping_sum(block_on(numbers::<W>(0, n).collect()))
}

fn step_by<W: Style>(n: i64) -> i64 {
    let indexed = W::stage(numbers::<W>(0, n).enumerate());
    sum(W::stage(indexed.filter_map(|(i, x)| ready((i % 2 == 0).then_some(x)))))
}

fn chain8<W: Style>(n: i64) -> i64 {
    let scaled = W::stage(scaled_and_mixed::<W>(n, is_even).map(|x| x * 3 + 1));
    let kept = W::stage(scaled.filter(|x| ready(is_positive(x))));
    let mixed = W::stage(kept.map(|x| x ^ (x >> 3)));
    sum(W::stage(mixed.take(n as usize)))
}

fn filter_predictable<W: Style>(n: i64) -> i64 {
    sum(W::stage(numbers::<W>(0, n).filter(|x| ready(is_even(x)))))
}

// ---- random items ----

/// The first n random numbers: made once, at the first run's size at least.
fn randoms(n: i64) -> &'static [i64] {
    static MADE: OnceLock<Vec<i64>> = OnceLock::new();
    let mut state = 88172645463325252u64;
    let xorshift = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as i64
    };
    &MADE.get_or_init(|| (0..n.max(1 << 18)).map(xorshift).collect())[..n as usize]
}

fn random_items<W: Style>(n: i64) -> impl Stream<Item = i64> {
    W::stage(stream::iter(randoms(n).iter().copied()))
}

fn has_bit5(x: i64) -> bool {
    x >> 5 & 1 == 1
}

fn random<W: Style>(n: i64) -> i64 {
    sum(random_items::<W>(n))
}

fn random_filter<W: Style>(n: i64) -> i64 {
    sum(W::stage(random_items::<W>(n).filter(|x| ready(has_bit5(*x)))))
}

type Pair = (i64, i64);

fn add_pair((a, b): Pair) -> i64 {
    a.wrapping_add(b)
}

fn random_map16<W: Style>(n: i64) -> i64 {
    let pairs = W::stage(random_items::<W>(n).map(|x| (x, x >> 1)));
    sum(W::stage(pairs.map(add_pair)))
}

fn random_filter16<W: Style>(n: i64) -> i64 {
    let pairs = W::stage(random_items::<W>(n).map(|x| (x, x >> 1)));
    let kept = W::stage(pairs.filter(|pair| ready(has_bit5(pair.0))));
    sum(W::stage(kept.map(add_pair)))
}

fn random_filter4<W: Style>(n: i64) -> i64 {
    let halves = W::stage(random_items::<W>(n).map(|x| x as u32));
    let kept = W::stage(halves.filter(|x| ready(x >> 5 & 1 == 1)));
    sum(W::stage(kept.map(|x| x as i64)))
}

// ---- large items: made, changed by four maps, and added up ----

fn change<const WORDS: usize>(mut large: [i64; WORDS]) -> [i64; WORDS] {
    large[0] += 1;
    large
}

fn large<W: Style, const WORDS: usize>(n: i64) -> i64 {
    let made = W::stage(numbers::<W>(0, n).map(|x| std::array::from_fn(|i| x + i as i64)));
    let once = W::stage(made.map(change::<WORDS>));
    let twice = W::stage(once.map(change::<WORDS>));
    let thrice = W::stage(twice.map(change::<WORDS>));
    let changed = W::stage(thrice.map(change::<WORDS>));
    sum_made(W::stage(changed.map(|large| large[0].wrapping_add(large[WORDS - 1]))))
}

fn large64<W: Style>(n: i64) -> i64 {
    large::<W, 8>(n)
}

fn large256<W: Style>(n: i64) -> i64 {
    large::<W, 32>(n)
}

// ---- items with a drop, which is counted ----

struct Owned(i64);

thread_local! {
    static DROPPED: Cell<i64> = const { Cell::new(0) };
}

impl Drop for Owned {
    fn drop(&mut self) {
        DROPPED.with(|dropped| dropped.set(dropped.get() + 1));
    }
}

fn owned_all<W: Style>(n: i64) -> i64 {
    let owned = W::stage(numbers::<W>(0, n).map(Owned));
    let kept = W::stage(owned.filter(|owned| ready(is_positive(&owned.0))));
    sum(W::stage(kept.map(|owned| owned.0)))
}

fn owned_half<W: Style>(n: i64) -> i64 {
    let owned = W::stage(numbers::<W>(0, n).map(Owned));
    let kept = W::stage(owned.filter(|owned| ready(is_even(&owned.0))));
    sum(W::stage(kept.map(|owned| owned.0)))
}

// ---- several inputs ----

fn select<W: Style>(n: i64) -> i64 {
    sum(W::stage(stream::select(numbers::<W>(0, n / 2), numbers::<W>(0, n / 2))))
}

fn zip<W: Style>(n: i64) -> i64 {
    let pairs = W::stage(numbers::<W>(0, n).zip(numbers::<W>(0, n)));
    sum(W::stage(pairs.map(add_pair)))
}

fn chain<W: Style>(n: i64) -> i64 {
    sum(W::stage(numbers::<W>(0, n / 2).chain(numbers::<W>(0, n / 2))))
}

fn merged<W: Style>(n: i64, inputs: i64) -> i64
where
    Numbers<W>: Unpin,
{
    sum(W::stage(stream::select_all((0..inputs).map(|_| numbers::<W>(0, n / inputs)))))
}

fn merge2<W: Style>(n: i64) -> i64
where
    Numbers<W>: Unpin,
{
    merged::<W>(n, 2)
}

fn merge100<W: Style>(n: i64) -> i64
where
    Numbers<W>: Unpin,
{
    merged::<W>(n, 100)
}

type Quiet<W> = <W as Style>::Stage<Either<stream::Pending<i64>, stream::Iter<Range<i64>>>>;

fn merge1000_quiet<W: Style>(n: i64) -> i64
where
    Quiet<W>: Unpin,
{
    let input = |i| match i {
        999 => Either::Right(stream::iter(0..n)),
        _ => Either::Left(stream::pending()),
    };
    let merged = W::stage(stream::select_all((0..1000).map(|i| W::stage(input(i)))));
    sum(W::stage(merged.take(n as usize)))
}

// ---- inner streams ----

fn flatten1000<W: Style>(n: i64) -> i64 {
    let inner = W::stage(numbers::<W>(0, n / 1000).map(|x| numbers::<W>(x, x + 1000)));
    sum(W::stage(inner.flatten()))
}

fn flatten10<W: Style>(n: i64) -> i64 {
    let inner = W::stage(numbers::<W>(0, n / 10).map(|x| numbers::<W>(x, x + 10)));
    sum(W::stage(inner.flatten()))
}

fn flatten_unordered16<W: Style>(n: i64) -> i64
where
    Numbers<W>: Unpin,
{
    let flat = numbers::<W>(0, n / 10).flat_map_unordered(16, |x| numbers::<W>(x, x + 10));
    sum(W::stage(flat))
}

// ---- a channel: 64 places, of which the one sender brings one ----

fn channel<W: Style>(n: i64) -> i64 {
    let (tx, rx) = mpsc::channel(63);
    let sends = W::stage(numbers::<W>(0, n).map(Ok)).forward(tx);
    let sum = W::stage(rx).fold(0i64, |sum, x| ready(sum.wrapping_add(x)));
    let (sent, sum) = block_on(join(sends, sum));
    sent.map_or(-1, |()| sum)
}

// ---- futures ----

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

fn pending_once(value: i64) -> PendingOnce {
    PendingOnce { value, polled: false }
}

fn then<W: Style>(n: i64) -> i64 {
    sum_made(W::stage(numbers::<W>(0, n).then(ready)))
}

fn buffered16<W: Style>(n: i64) -> i64 {
    sum(W::stage(W::stage(numbers::<W>(0, n).map(ready)).buffered(16)))
}

fn buffered16_pending<W: Style>(n: i64) -> i64 {
    sum(W::stage(W::stage(numbers::<W>(0, n).map(pending_once)).buffered(16)))
}

fn buffer_unordered16<W: Style>(n: i64) -> i64 {
    sum(W::stage(W::stage(numbers::<W>(0, n).map(ready)).buffer_unordered(16)))
}

fn buffer_unordered16_pending<W: Style>(n: i64) -> i64 {
    sum(W::stage(W::stage(numbers::<W>(0, n).map(pending_once)).buffer_unordered(16)))
}

// What weir does with machines in the slots of their set: the same futures here.

fn then_async<W: Style>(n: i64) -> i64 {
    then::<W>(n)
}

fn map_async16<W: Style>(n: i64) -> i64 {
    buffer_unordered16::<W>(n)
}

fn map_async16_pending<W: Style>(n: i64) -> i64 {
    buffer_unordered16_pending::<W>(n)
}

fn map_async_ordered16<W: Style>(n: i64) -> i64 {
    buffered16::<W>(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain loops that some rows have to agree with.
    fn expected(name: &str, n: i64) -> Option<i64> {
        match name {
            "chain4" | "own_loop" => {
                Some((0..n).map(|i| i * 3 + 1).filter(is_even).map(|x| x ^ (x >> 3)).sum())
            }
            "select" | "chain" => Some((0..n / 2).sum::<i64>() * 2),
            "zip" | "enumerate" => Some((0..n).sum::<i64>() * 2),
            "range" | "take" | "then" | "chunks64" | "owned_all" => Some((0..n).sum()),
            _ => None,
        }
    }

    #[test]
    fn styles_agree() {
        for n in [0, 1, 15, 64, 1_001] {
            for row in ROWS {
                let boxed = (row.boxed)(n);
                assert_eq!((row.fused)(n), boxed, "{} {n}", row.name);
                assert_eq!(expected(row.name, n).unwrap_or(boxed), boxed, "{} {n}", row.name);
            }
        }
    }
}
