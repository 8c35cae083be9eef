//! What tokio-console costs: the same work in a program that cannot be inspected, in one that can
//! while nobody looks, and in one with a client that reads its updates; each in a process of its own,
//! in turn, in CPU of that process. The client's is not counted.
//!
//! ```text
//! inspected ROUNDS CONSOLED   the lines of `bench/inspected`; CONSOLED is this program with `console`
//! inspected work              a piece's number a line: nanoseconds of CPU a piece, over a span
//! inspected watch ADDRESS     events dropped, a line an update
//! ```

mod clock;
#[cfg(feature = "console")]
mod console;
mod work;

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio, exit};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const MODES: usize = 3;

// ---- a process that works ----

struct Worker {
    process: Child,
    asks: ChildStdin,
    says: BufReader<ChildStdout>,
}

impl Worker {
    fn start(program: &str, words: &[&str], address: &str) -> Result<Worker> {
        let mut process = Command::new(program)
            .args(words)
            .env("TOKIO_CONSOLE_BIND", address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let asks = process.stdin.take().ok_or("no way to ask")?;
        let says = BufReader::new(process.stdout.take().ok_or("no way to hear")?);
        Ok(Worker { process, asks, says })
    }

    fn hear(&mut self) -> Result<f64> {
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        Ok(line.trim().parse()?)
    }

    fn measure(&mut self, piece: usize) -> Result<f64> {
        writeln!(self.asks, "{piece}")?;
        self.hear()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

// ---- rounds ----

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A round begins with another of them each time.
fn compare(workers: &mut [Worker; MODES], piece: usize, rounds: usize) -> Result<()> {
    let mut least = [f64::INFINITY; MODES];
    let mut ratios = [const { Vec::new() }; MODES];
    for round in 0..rounds {
        let mut took = [0.0; MODES];
        for turn in 0..MODES {
            let mode = (round + turn) % MODES;
            took[mode] = workers[mode].measure(piece)?;
            least[mode] = least[mode].min(took[mode]);
        }
        (0..MODES).for_each(|mode| ratios[mode].push(took[mode] / took[0]));
    }
    let [without, with, attached] = least;
    let [_, more_with, more_attached] = ratios.map(|mut of| median(&mut of));
    let name = work::NAMES[piece];
    println!("{name}\t{without:.3}\t{with:.3}\t{attached:.3}\t{more_with:.4}\t{more_attached:.4}");
    Ok(())
}

fn measure(rounds: usize, consoled: &str) -> Result<()> {
    let plain = std::env::current_exe()?;
    let plain = plain.to_str().ok_or("a program whose path is no text")?;
    let (lonely, watched) = (free_address()?, free_address()?);
    let mut workers = [
        Worker::start(plain, &["work"], "")?,
        Worker::start(consoled, &["work"], &lonely)?,
        Worker::start(consoled, &["work"], &watched)?,
    ];
    for worker in &mut workers {
        worker.measure(0)?;
    }
    let mut client = Worker::start(consoled, &["watch", &watched], "")?;
    client.hear()?;
    (0..work::NAMES.len()).try_for_each(|piece| compare(&mut workers, piece, rounds))?;
    client.process.kill()?;
    let dropped: Vec<_> =
        client.says.by_ref().lines().map_while(|line| line.ok()?.parse().ok()).collect();
    let all: u64 = dropped.iter().sum();
    if dropped.len() < rounds {
        return Err(format!("{} updates in {rounds} rounds", dropped.len()).into());
    }
    eprintln!("tokio-console: {} updates, {all} events dropped", dropped.len());
    Ok(())
}

// ---- what a process is for ----

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_io().build()?)
}

fn work() -> Result<()> {
    #[cfg(feature = "console")]
    console::init();
    let runtime = runtime()?;
    for line in std::io::stdin().lines() {
        let (piece, start) = (line?.parse()?, clock::cpu_ns());
        let done = runtime.block_on(work::run(piece))?;
        println!("{:.3}", (clock::cpu_ns() - start) / done as f64);
    }
    Ok(())
}

fn main() -> Result<()> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["work"] => work(),
        #[cfg(feature = "console")]
        ["watch", address] => runtime()?.block_on(console::watch(address.to_string())),
        [rounds, consoled] => measure(rounds.parse()?, consoled),
        _ => {
            eprintln!("usage: inspected ROUNDS CONSOLED | work | watch ADDRESS");
            exit(2);
        }
    }
}
