//! What tasks cost in tokio's current-thread runtime and in smol's executor, all on one thread: the
//! rows of `bench/tasks.c`, of the same names.
//!
//! ```text
//! tasks tokio|smol     a line a row: its name, a tab, CPU nanoseconds, the least of 60 rounds
//! ```

#[path = "../../futures-rs/src/clock.rs"]
mod clock;

use std::future::Future;
use std::process::exit;

use async_executor::Executor;
use futures_lite::future;

const ROUNDS: usize = 60;
/// Spawns, or yields, in a round.
const STEPS: usize = 10_000;

/// What both offer: a task, a wait for its end, a turn given away.
trait Peer: Copy + Send + 'static {
    type Handle: Send;
    fn spawn(self, body: impl Future<Output = ()> + Send + 'static) -> Self::Handle;
    fn join(self, handle: Self::Handle) -> impl Future<Output = ()> + Send;
    fn give_turn(self) -> impl Future<Output = ()> + Send;
    /// Runs a task to its end.
    fn run(self, body: impl Future<Output = ()> + Send + 'static);
}

#[derive(Clone, Copy)]
struct Tokio(&'static tokio::runtime::Runtime);

impl Peer for Tokio {
    type Handle = tokio::task::JoinHandle<()>;

    fn spawn(self, body: impl Future<Output = ()> + Send + 'static) -> Self::Handle {
        tokio::spawn(body)
    }

    async fn join(self, handle: Self::Handle) {
        handle.await.expect("no task fails here");
    }

    fn give_turn(self) -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }

    fn run(self, body: impl Future<Output = ()> + Send + 'static) {
        self.0.block_on(async { tokio::spawn(body).await.expect("no task fails here") });
    }
}

#[derive(Clone, Copy)]
struct Smol(&'static Executor<'static>);

impl Peer for Smol {
    type Handle = async_executor::Task<()>;

    fn spawn(self, body: impl Future<Output = ()> + Send + 'static) -> Self::Handle {
        self.0.spawn(body)
    }

    async fn join(self, handle: Self::Handle) {
        handle.await;
    }

    fn give_turn(self) -> impl Future<Output = ()> + Send {
        future::yield_now()
    }

    fn run(self, body: impl Future<Output = ()> + Send + 'static) {
        future::block_on(self.0.run(self.0.spawn(body)));
    }
}

async fn spawn_join(peer: impl Peer) {
    for _ in 0..STEPS {
        peer.join(peer.spawn(async {})).await;
    }
}

async fn spawn_join_1000(peer: impl Peer) {
    for _ in 0..STEPS / 1000 {
        let handles: Vec<_> = (0..1000).map(|_| peer.spawn(async {})).collect();
        for handle in handles {
            peer.join(handle).await;
        }
    }
}

async fn give_turns(peer: impl Peer, n: usize) {
    for _ in 0..n {
        peer.give_turn().await;
    }
}

async fn yield_100(peer: impl Peer) {
    let handles: Vec<_> = (0..100).map(|_| peer.spawn(give_turns(peer, STEPS / 100))).collect();
    for handle in handles {
        peer.join(handle).await;
    }
}

async fn yield_1(peer: impl Peer) {
    give_turns(peer, STEPS).await;
}

fn print_row<P: Peer, F>(peer: P, name: &str, body: impl Fn(P) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let round = |_| {
        let start = clock::cpu_ns();
        peer.run(body(peer));
        clock::cpu_ns() - start
    };
    let least = (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min);
    println!("{name}\t{:.2}", least / STEPS as f64);
}

fn print_rows(peer: impl Peer) {
    print_row(peer, "spawn_join", spawn_join);
    print_row(peer, "spawn_join_1000", spawn_join_1000);
    print_row(peer, "yield_100", yield_100);
    print_row(peer, "yield_1", yield_1);
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("tokio") => {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            print_rows(Tokio(Box::leak(Box::new(runtime.expect("a runtime")))));
        }
        Some("smol") => print_rows(Smol(Box::leak(Box::new(Executor::new())))),
        _ => {
            eprintln!("usage: tasks tokio|smol");
            exit(2);
        }
    }
}
