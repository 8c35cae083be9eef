//! Streams of weir in executors that know nothing of it: those of futures, and one that parks its
//! thread until a waker is called. The test dist_rust runs it.
use futures_executor::{block_on, LocalPool};
use futures_util::future::{join_all, ready, select, Either};
use futures_util::stream::{FusedStream, Stream, StreamExt, TryStreamExt};
use futures_util::task::LocalSpawnExt;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};
use weir::{Awaited, Made};

type Ticks = Pin<Box<dyn Stream<Item = Result<i64, weir::Error>>>>;

fn ms(n: u64) -> Duration { Duration::from_millis(n) }
fn ticks(period_ms: u64, n: usize) -> Ticks {
    Box::pin(weir::interval(ms(period_ms)).to_await().take(n))
}
async fn sum(stream: Ticks) -> i64 {
    stream.try_fold(0, |sum, x| async move { Ok(sum + x) }).await.unwrap()
}
fn say(item: Result<Made<i64>, weir::Error>) -> String {
    item.map_or_else(|e| format!("{}@{}", e.message, e.record), |made| made.0.to_string())
}
fn no_threes(x: i64) -> Result<i64, String> {
    if x == 3 { Err("no threes".to_string()) } else { Ok(x) }
}
fn is_ours(task: &std::path::Path) -> bool {
    std::fs::read_to_string(task.join("comm")).map_or(false, |name| name == "weir-watch\n")
}
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks.filter(|task| is_ours(&task.as_ref().unwrap().path())).count()
}

fn items_and_errors() {
    assert_eq!(block_on(weir::range(0, 1000).to_await().map(Result::unwrap).collect::<Vec<_>>()),
               (0..1000).collect::<Vec<_>>());
    let said = weir::range(0, 6).map(no_threes).to_await().map(say);
    assert_eq!(block_on(said.collect::<Vec<_>>()).join(" "), "0 1 2 no threes@4 4 5");
    let odd = async {
        let numbers = weir::range(0, 9).to_await();
        numbers.try_filter(|x| ready(x % 2 == 1)).try_collect::<Vec<_>>().await
    };
    assert_eq!(block_on(odd).unwrap(), [1, 3, 5, 7]);
    let missing = block_on(weir::lines("/nonexistent").to_await().next()).unwrap().unwrap_err();
    assert_eq!((missing.number, missing.fatal), (2, true));
    let mut stream = weir::range(0, 1).to_await();
    assert!(!stream.is_terminated());
    assert_eq!(block_on(StreamExt::next(&mut stream)).unwrap().unwrap(), 0);
    assert!(block_on(StreamExt::next(&mut stream)).is_none() && stream.is_terminated());
    assert_eq!(threads(), 0); // nothing waited
}

// Each is woken by what it waits for, and whoever turns the worker gives all of them their turns.
fn several_at_once() {
    let (mut pool, sums) = (LocalPool::new(), Rc::new(RefCell::new(Vec::new())));
    for period in [1, 2, 3, 5, 7] {
        let sums = sums.clone();
        let work = async move {
            let got = sum(ticks(period, 10)).await;
            sums.borrow_mut().push(got);
        };
        pool.spawner().spawn_local(work).unwrap();
    }
    pool.run();
    assert_eq!(*sums.borrow(), [45; 5]);
    let within_one_task = join_all((1..30).map(|period| sum(ticks(period, 4))));
    assert_eq!(pool.run_until(within_one_task), [6; 29]);
    assert_eq!(threads(), 1);
}

// What somebody writes comes by the descriptor, and not by a timer.
fn by_the_descriptor() {
    let path = std::env::temp_dir().join(format!("weir-{}", std::process::id()));
    let path = path.to_str().unwrap().to_string();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let to = path.clone();
    let writer = std::thread::spawn(move || {
        let mut fifo = std::fs::OpenOptions::new().write(true).open(to).unwrap();
        for i in 0..3 {
            std::thread::sleep(ms(20));
            std::io::Write::write_all(&mut fifo, format!("line {i}\n").as_bytes()).unwrap();
        }
    });
    let lines: Vec<_> = block_on(weir::lines(&path).to_await().try_collect()).unwrap();
    assert_eq!(lines, [b"line 0", b"line 1", b"line 2"]);
    writer.join().unwrap();
    std::fs::remove_file(path).unwrap();
}

fn dropped_while_it_waits() {
    let held = Rc::new(());
    let other = held.clone();
    let holds = move |_| Ok::<_, String>(other.clone());
    let slow = weir::interval(Duration::from_secs(3600)).map(holds);
    let slow = Box::pin(slow.to_await().skip(1).into_future());
    let quick = match block_on(select(slow, ticks(5, 3).into_future())) {
        Either::Right(((first, quick), slow)) => {
            assert_eq!(first.unwrap().unwrap(), 0);
            drop(slow);
            quick
        }
        Either::Left(_) => panic!("an hour is over"),
    };
    assert_eq!(block_on(sum(quick)), 3); // who is left is woken
    assert_eq!(Rc::strong_count(&held), 1);
}

// Who is polled no more does not keep the others from being woken.
fn left_while_another_waits() {
    let mut idle = weir::interval(ms(3)).to_await();
    let nobody = futures_util::task::noop_waker_ref();
    while poll(&mut idle, nobody).is_ready() {}
    assert_eq!(block_on(sum(ticks(2, 10))), 45);
    assert!(block_on(StreamExt::next(&mut idle)).unwrap().is_ok());
}

// A chain that is pulled meanwhile turns the worker, and takes the descriptor's news.
fn pulled_meanwhile() {
    let mut pool = LocalPool::new();
    let got = Rc::new(Cell::new(0));
    let (other, mut pulled) = (got.clone(), weir::interval(ms(1)));
    let work = async move { other.set(sum(ticks(4, 8)).await) };
    pool.spawner().spawn_local(work).unwrap();
    while got.get() == 0 {
        pool.run_until_stalled();
        assert!(pulled.next().unwrap().is_ok());
        if pulled.next().unwrap().unwrap() > 8 { pool.run(); }
    }
    assert_eq!(got.get(), 28);
}

struct Counted(AtomicUsize, Mutex<mpsc::Sender<()>>);
impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
        let _ = self.1.lock().unwrap().send(());
    }
}
fn counted() -> (Arc<Counted>, Waker, mpsc::Receiver<()>) {
    let (sender, woken) = mpsc::channel();
    let counted = Arc::new(Counted(AtomicUsize::new(0), Mutex::new(sender)));
    (counted.clone(), Waker::from(counted), woken)
}
fn poll(stream: &mut Awaited<i64>, waker: &Waker) -> Poll<Option<i64>> {
    let got = Pin::new(stream).poll_next(&mut Context::from_waker(waker));
    got.map(|item| item.map(Result::unwrap))
}

fn the_last_waker_is_called() {
    let (mut stream, begun) = (weir::interval(ms(200)).to_await(), Instant::now());
    let (first, one, _woken) = counted();
    let (_, two, woken) = counted();
    while poll(&mut stream, &one) != Poll::Ready(Some(0)) {}
    assert!(poll(&mut stream, &one).is_pending() && poll(&mut stream, &two).is_pending());
    let before = first.0.load(Ordering::SeqCst);
    while poll(&mut stream, &two).is_pending() {
        woken.recv_timeout(Duration::from_secs(20)).expect("it is woken");
    }
    assert!(begun.elapsed() >= ms(200));
    assert_eq!(first.0.load(Ordering::SeqCst), before);
}

// The thread that waits for an hour hears of five milliseconds; who is dropped is forgotten.
fn sooner_than_another() {
    let mut slow = weir::interval(Duration::from_secs(3600)).to_await();
    let (counted, waker, _woken) = counted();
    while poll(&mut slow, &waker).is_ready() {}
    std::thread::sleep(ms(50));
    assert_eq!(run(sum(ticks(5, 4))).0, 6);
    std::thread::sleep(ms(50)); // it is quiet
    while poll(&mut slow, &waker).is_ready() {}
    let before = counted.0.load(Ordering::SeqCst);
    drop((slow, waker));
    assert_eq!((Arc::strong_count(&counted), counted.0.load(Ordering::SeqCst)), (1, before));
}

/// An executor of the smallest kind: polls when it was woken, and at no other time.
fn run<F: Future>(future: F) -> (F::Output, usize) {
    let (mut future, mut polls) = (Box::pin(future), 0);
    let (_, waker, woken) = counted();
    loop {
        polls += 1;
        if let Poll::Ready(out) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return (out, polls);
        }
        woken.recv_timeout(Duration::from_secs(20)).expect("it is woken");
        while woken.try_recv().is_ok() {}
    }
}

fn woken_alone() {
    let (sum, polls) = run(sum(ticks(10, 20)));
    assert_eq!(sum, 190);
    assert!(polls <= 60, "{polls} polls for 20 ticks");
    assert_eq!(weir::block_on(self::sum(ticks(1, 20))), 190);
}

// A runtime's thread goes with it.
fn a_thread_each() {
    let work = || {
        let mut slow = weir::interval(Duration::from_secs(3600)).to_await();
        while poll(&mut slow, futures_util::task::noop_waker_ref()).is_ready() {}
        while threads() < 2 { std::thread::sleep(ms(1)); } // that of main is one
        assert_eq!(run(sum(ticks(1, 5))).0, 10);
    };
    let workers: Vec<_> = (0..4).map(|_| std::thread::spawn(work)).collect();
    for worker in workers { worker.join().unwrap(); }
    while threads() > 1 { std::thread::sleep(ms(1)); }
}

fn main() {
    items_and_errors();
    several_at_once();
    by_the_descriptor();
    dropped_while_it_waits();
    left_while_another_waits();
    pulled_meanwhile();
    the_last_waker_is_called();
    sooner_than_another();
    woken_alone();
    a_thread_each();
}
