//! What tasks on two threads, channels and parallel iteration cost in tokio: the rows of `bench/par.c`,
//! of `bench/tasks.c` with two workers and of `bench/channels.c`.

mod measure;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

const SPAWNS: usize = 10_000;
const ITEMS: usize = 64 * 1000;
const CAPACITY: usize = 64;
/// Tasks for all items of a loop.
const CHUNKS: u64 = 64;

async fn spawn_join() {
    for _ in 0..SPAWNS {
        tokio::spawn(async {}).await.expect("no task fails here");
    }
}

async fn spawn_join_1000() {
    for _ in 0..SPAWNS / 1000 {
        let handles: Vec<_> = (0..1000).map(|_| tokio::spawn(async {})).collect();
        for handle in handles {
            handle.await.expect("no task fails here");
        }
    }
}

async fn send_all(tx: mpsc::Sender<u64>) {
    for item in 0..ITEMS as u64 {
        tx.send(item).await.expect("somebody receives");
    }
}

async fn channel() {
    let (tx, mut rx) = mpsc::channel(CAPACITY);
    tokio::spawn(send_all(tx));
    let mut n = 0;
    while rx.recv().await.is_some() {
        n += 1;
    }
    assert_eq!(n, ITEMS);
}

async fn channel_many() {
    let (tx, mut rx) = mpsc::channel(CAPACITY);
    tokio::spawn(send_all(tx));
    let mut items = Vec::with_capacity(CAPACITY);
    let mut n = 0;
    loop {
        match rx.recv_many(&mut items, CAPACITY).await {
            0 => break,
            got => n += got,
        }
        items.clear();
    }
    assert_eq!(n, ITEMS);
}

async fn map(items: u64) -> u64 {
    let chunk = items.div_ceil(CHUNKS);
    let spawn = |from: u64| {
        let to = items.min(from + chunk);
        tokio::spawn(async move { (from..to).map(measure::work).fold(0, measure::add) })
    };
    let handles: Vec<_> = (0..items).step_by(chunk as usize).map(spawn).collect();
    let mut sum = 0;
    for handle in handles {
        sum = measure::add(sum, handle.await.expect("no task fails here"));
    }
    sum
}

/// Inside of a task, where a spawn goes to the worker's own queue.
fn run<T: Send + 'static>(runtime: &Runtime, body: impl Future<Output = T> + Send + 'static) -> T {
    runtime.block_on(async { tokio::spawn(body).await.expect("no task fails here") })
}

fn main() {
    let two = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let one = Builder::new_current_thread().build().expect("a runtime");
    measure::print_row("spawn_join", SPAWNS, || run(&two, spawn_join()));
    measure::print_row("spawn_join_1000", SPAWNS, || run(&two, spawn_join_1000()));
    measure::print_row("channel_1_thread", ITEMS, || run(&one, channel()));
    measure::print_row("channel_1_thread_many", ITEMS, || run(&one, channel_many()));
    measure::print_row("channel_2_threads", ITEMS, || run(&two, channel()));
    measure::print_row("channel_2_threads_many", ITEMS, || run(&two, channel_many()));
    measure::print_bodies("map", |items| run(&two, map(items)));
}
