//! What is measured: the echo of `bench/inspect_work.c`, and its chain with a task for each stage,
//! since tasks are what the console sees. All of it lives as long as a span.

use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// The console tells its clients once a second.
const SPAN: Duration = Duration::from_secs(2);
/// Pieces between two looks at the clock.
const BATCH: u64 = 400;
const REQUEST_BYTES: usize = 64;

pub const NAMES: [&str; 3] = [
    "chain of 4 tasks, channels of 1: an item",
    "chain of 4 tasks, channels of 64: an item",
    "echo of 64 bytes: a request",
];

/// Pieces done in a span.
pub async fn run(piece: usize) -> io::Result<u64> {
    match piece {
        0 => Ok(chain(1).await),
        1 => Ok(chain(64).await),
        _ => echo().await,
    }
}

fn is_over(ends: Instant, done: u64) -> bool {
    done % BATCH == 0 && Instant::now() >= ends
}

// ---- echo ----

async fn answer(mut near: UnixStream) -> io::Result<()> {
    let mut buffer = [0; 16 << 10];
    loop {
        let n = near.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        near.write_all(&buffer[..n]).await?;
    }
}

async fn echo() -> io::Result<u64> {
    let (mut near, far) = UnixStream::pair()?;
    tokio::spawn(answer(far));
    let (request, mut answer) = ([b'?'; REQUEST_BYTES], [0; REQUEST_BYTES]);
    let (ends, mut done) = (Instant::now() + SPAN, 0);
    while done == 0 || !is_over(ends, done) {
        near.write_all(&request).await?;
        near.read_exact(&mut answer).await?;
        done += 1;
    }
    Ok(done)
}

// ---- chain ----

async fn count(to: Sender<u64>) -> u64 {
    let (ends, mut n) = (Instant::now() + SPAN, 0);
    while (n == 0 || !is_over(ends, n)) && to.send(n).await.is_ok() {
        n += 1;
    }
    n
}

async fn stage(mut from: Receiver<u64>, to: Sender<u64>, next: fn(u64) -> Option<u64>) {
    while let Some(n) = from.recv().await {
        if let Some(n) = next(n)
            && to.send(n).await.is_err()
        {
            return;
        }
    }
}

fn scale(n: u64) -> Option<u64> {
    Some(n.wrapping_mul(3).wrapping_add(1))
}

fn keep_even(n: u64) -> Option<u64> {
    (n % 2 == 0).then_some(n)
}

fn mix_bits(n: u64) -> Option<u64> {
    Some(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 7)
}

/// The fourth stage, a sum, is the task that waits for the others.
async fn chain(room: usize) -> u64 {
    let (to_scale, from_count) = channel(room);
    let counted = tokio::spawn(count(to_scale));
    let mut from = from_count;
    for next in [scale, keep_even, mix_bits] {
        let (to, then_from) = channel(room);
        tokio::spawn(stage(from, to, next));
        from = then_from;
    }
    let mut sum = 0u64;
    while let Some(n) = from.recv().await {
        sum = sum.wrapping_add(n);
    }
    std::hint::black_box(sum);
    counted.await.expect("no task fails here")
}
