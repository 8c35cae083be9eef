//! What `bench/par.c` measures, for its peers in Rust: the same work, the same split in halves
//! beside it, and lines of the same columns.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

pub const ROUNDS: usize = 40;

/// Names, steps of one item, items.
pub const BODIES: [(&str, u64, u64); 3] =
    [("20ns", 24, 400_000), ("1us", 640, 10_000), ("1ms", 640_000, 16)];

static STEPS: AtomicU64 = AtomicU64::new(0);

/// Steps that wait for each other, and that no compiler makes fewer.
#[inline(never)]
pub fn work(mut x: u64) -> u64 {
    for _ in 0..STEPS.load(Ordering::Relaxed) {
        x = (x ^ x >> 29).wrapping_mul(6364136223846793005);
    }
    x
}

pub fn add(a: u64, b: u64) -> u64 {
    a.wrapping_add(b)
}

fn half(from: u64, to: u64) -> u64 {
    (from..to).map(work).fold(0, add)
}

fn in_halves(items: u64) -> u64 {
    thread::scope(|scope| {
        let second = scope.spawn(|| half(items / 2, items));
        add(half(0, items / 2), second.join().expect("nothing fails here"))
    })
}

#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;

unsafe extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

/// Of all threads of the process.
fn cpu_ns() -> f64 {
    let mut time = Timespec { seconds: 0, nanoseconds: 0 };
    // SAFETY: the clock writes one timespec, laid out as 64-bit Linux has it.
    let failed = unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(failed, 0, "this system has no clock of a process's CPU time");
    time.seconds as f64 * 1e9 + time.nanoseconds as f64
}

/// Wall and CPU nanoseconds of one run.
fn timed<T>(run: impl FnOnce() -> T) -> (T, f64, f64) {
    let (begin, cpu) = (Instant::now(), cpu_ns());
    let came_to = run();
    (came_to, begin.elapsed().as_nanos() as f64, cpu_ns() - cpu)
}

/// A row of something that has no split beside it: its name, wall and CPU nanoseconds a step.
#[allow(dead_code)]
pub fn print_row(name: &str, steps: usize, mut run: impl FnMut()) {
    let (mut wall, mut cpu) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        let ((), took, used) = timed(&mut run);
        wall = wall.min(took);
        cpu = cpu.min(used);
    }
    println!("{name}\t{:.1}\t{:.1}", wall / steps as f64, cpu / steps as f64);
}

/// The rows of a way to iterate, one a body: `run` gives the sum of `work` of all items.
pub fn print_bodies(way: &str, mut run: impl FnMut(u64) -> u64) {
    for (name, steps, items) in BODIES {
        STEPS.store(steps, Ordering::Relaxed);
        let (mut wall, mut cpu, mut halves) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
        let mut ratios = Vec::new();
        for _ in 0..ROUNDS {
            let (sum, took, used) = timed(|| run(items));
            let (wanted, split, _) = timed(|| in_halves(items));
            assert_eq!(sum, wanted);
            wall = wall.min(took);
            cpu = cpu.min(used);
            halves = halves.min(split);
            ratios.push(split / took);
        }
        ratios.sort_by(f64::total_cmp);
        let n = items as f64;
        let (wall, cpu, halves) = (wall / n, cpu / n, halves / n);
        println!("{way}_{name}\t{wall:.1}\t{cpu:.1}\t{halves:.1}\t{:.2}", ratios[ROUNDS / 2]);
    }
}
