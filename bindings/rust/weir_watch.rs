//! Wakes those who await streams. Who polls one turns weir's worker, and nobody else does; a thread
//! tells them when it wants its turn: waits for the worker's descriptor, or its time, and calls all
//! wakers. The chains stay on their own thread. There is one a runtime, begun when a stream waits
//! first, gone with the runtime.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::os::raw::{c_int, c_long, c_short, c_ulong, c_void};
use std::os::unix::io::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::{null, null_mut};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const LONGEST: Duration = Duration::from_secs(3600);

struct State {
    wakers: BTreeMap<usize, Waker>, // a stream that waits each; called once
    until: Instant,                 // when the worker wants its turn, whatever its descriptor says
    asleep: Option<Instant>,        // until when the thread waits for the worker; None: it does not
    over: bool,
}

/// Who waits. Wakers are cloned, called and dropped outside of the lock: what they do is theirs,
/// and may be to drop a stream.
pub struct Watch(Mutex<State>);

impl Watch {
    fn lock(&self) -> MutexGuard<'_, State> { self.0.lock().unwrap() }
    pub fn wait(&self, stream: usize, waker: Waker) {
        let _before = self.lock().wakers.insert(stream, waker);
    }
    pub fn leave(&self, stream: usize) {
        let _left = self.lock().wakers.remove(&stream);
    }
    pub fn wake(&self, stream: usize) {
        let waker = self.lock().wakers.remove(&stream);
        if let Some(waker) = waker { waker.wake(); }
    }
    /// Whether the thread has to hear of it.
    fn set_until(&self, until: Instant) -> bool {
        let mut state = self.lock();
        state.until = until;
        state.asleep.map_or(true, |asleep| until < asleep)
    }
    /// What the thread waits for next, and how long; None: for nothing any more.
    fn plan(&self, fd: RawFd) -> Option<(RawFd, Duration)> {
        let mut state = self.lock();
        state.asleep = if state.wakers.is_empty() { None } else { Some(state.until) };
        if state.over { return None; }
        Some(match state.asleep {
            None => (-1, LONGEST),
            Some(until) => (fd, until.saturating_duration_since(Instant::now()).min(LONGEST)),
        })
    }
    /// The wakers to be called now. Nobody waits for the worker then, until who was woken polled.
    fn due(&self, ready: bool) -> BTreeMap<usize, Waker> {
        let mut state = self.lock();
        state.asleep = None;
        let due = ready || Instant::now() >= state.until;
        if due { std::mem::take(&mut state.wakers) } else { BTreeMap::new() }
    }
    fn run(&self, fd: RawFd, mut bell: UnixStream) {
        while let Some((fd, time)) = self.plan(fd) {
            let ready = wait_for(fd, bell.as_raw_fd(), time);
            let _ = bell.read(&mut [0; 64]);
            for waker in self.due(ready).into_values() {
                let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
            }
        }
    }
}

/// The thread, and the bell that it hears.
pub struct Helper {
    pub watch: Arc<Watch>,
    thread: RefCell<Option<(JoinHandle<()>, UnixStream)>>,
}
impl Default for Helper {
    fn default() -> Self {
        let (wakers, until) = (BTreeMap::new(), Instant::now());
        let state = State { wakers, until, asleep: None, over: false };
        Helper { watch: Arc::new(Watch(Mutex::new(state))), thread: RefCell::new(None) }
    }
}
impl Helper {
    pub fn is_asked(&self) -> bool {
        self.thread.borrow().is_some() && !self.watch.lock().wakers.is_empty()
    }
    /// Wakes those who wait when the descriptor is readable, or in so many ns.
    pub fn wait(&self, fd: RawFd, ns: u64) -> io::Result<()> {
        let rings = self.watch.set_until(Instant::now() + Duration::from_nanos(ns));
        let mut thread = self.thread.borrow_mut();
        if thread.is_none() { *thread = Some(begin(self.watch.clone(), fd)?); }
        if rings { ring(&thread.as_ref().unwrap().1); }
        Ok(())
    }
    pub fn stop(&self) {
        self.watch.lock().over = true;
        if let Some((thread, bell)) = self.thread.take() {
            ring(&bell);
            let _ = thread.join();
        }
    }
}

/// One byte is enough to be heard: where there is no room for it there is one already.
fn ring(mut bell: &UnixStream) { let _ = bell.write(&[0]); }

fn begin(watch: Arc<Watch>, fd: RawFd) -> io::Result<(JoinHandle<()>, UnixStream)> {
    let (ours, its) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    its.set_nonblocking(true)?;
    let thread = thread::Builder::new().name("weir-watch".to_string());
    let _blocked = Signals::block();
    Ok((thread.spawn(move || watch.run(fd, its))?, ours))
}

#[repr(C)]
struct Polled { fd: c_int, events: c_short, got: c_short }
#[repr(C)]
struct Time { seconds: c_long, ns: c_long }
type SignalSet = [u64; 16];
const POLLIN: c_short = 1;
const SIG_SETMASK: c_int = 2;

extern "C" {
    fn ppoll(fds: *mut Polled, n: c_ulong, time: *const Time, mask: *const c_void) -> c_int;
    fn sigfillset(set: *mut SignalSet) -> c_int;
    fn pthread_sigmask(how: c_int, set: *const SignalSet, old: *mut SignalSet) -> c_int;
}

/// Whether fd was readable. Below 0: it is left out.
fn wait_for(fd: RawFd, bell: RawFd, time: Duration) -> bool {
    let mut fds = [fd, bell].map(|fd| Polled { fd, events: POLLIN, got: 0 });
    let time = Time { seconds: time.as_secs() as c_long, ns: time.subsec_nanos() as c_long };
    let n = unsafe { ppoll(fds.as_mut_ptr(), 2, &time, null()) };
    n > 0 && fds[0].got != 0
}

/// Blocked while a thread begins: signals are for the threads of the program.
struct Signals(SignalSet);
impl Signals {
    fn block() -> Self {
        let (mut all, mut before) = ([0; 16], [0; 16]);
        unsafe {
            sigfillset(&mut all);
            pthread_sigmask(SIG_SETMASK, &all, &mut before);
        }
        Signals(before)
    }
}
impl Drop for Signals {
    fn drop(&mut self) { unsafe { pthread_sigmask(SIG_SETMASK, &self.0, null_mut()) }; }
}
