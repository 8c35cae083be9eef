//! Streams for async functions, in whatever executor polls them.
use super::watch::Watch;
use super::{read_items, sys, Chain, Error, Item, Runtime, ROOM};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::os::raw::{c_int, c_void};
use std::pin::Pin;
use std::ptr::{null, null_mut};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// What a task brings, and who is told when it is over.
struct Batch<T> { items: RefCell<VecDeque<T>>, over: Cell<bool>, watch: Arc<Watch> }
impl<T> Batch<T> {
    fn id(&self) -> usize { self as *const Self as usize }
}
extern "C" fn keep<T: Item>(
    vec: *const c_void, _: *mut c_void, arg: *mut c_void, _: *mut sys::weir_error) -> c_int {
    let (batch, mut n) = (unsafe { &*(arg as *const Batch<T>) }, 0);
    let at = unsafe { sys::weir_vec_items(vec as *const sys::weir_vec, &mut n) } as *mut c_void;
    batch.items.borrow_mut().extend(read_items::<T>(at, n));
    1
}
extern "C" fn tell<T>(arg: *mut c_void) {
    let batch = unsafe { Rc::from_raw(arg as *const Batch<T>) };
    batch.over.set(true);
    batch.watch.wake(batch.id());
}

/// A stream to await. Each batch is a task of weir's, which whoever polls gives its turns; between
/// polls a thread waits for what the tasks wait for, and wakes.
pub struct Awaited<T: Item> {
    task: Option<Chain<sys::weir_stream>>, // before the chain, which it polls
    chain: Chain<sys::weir_stream>,
    batch: Rc<Batch<T>>,
    over: bool,
}
impl<T: Item> Awaited<T> {
    pub(super) fn of(chain: Chain<sys::weir_stream>) -> Self {
        let (kept, watch) = (chain.kept.clone(), chain.runtime.helper.watch.clone());
        let mut at = chain.take();
        unsafe {
            let lent = sys::weir_type_named(b"weir_line\0".as_ptr().cast());
            if sys::weir_stream_type(at) == lent { at = sys::weir_own(at); }
            at = sys::weir_ready_chunks(at, ROOM);
        }
        let batch = Batch { items: RefCell::default(), over: Cell::new(false), watch };
        Awaited { task: None, chain: Chain::stream(at, kept), batch: Rc::new(batch), over: false }
    }
    fn begin(&mut self) {
        self.batch.over.set(false);
        let arg = Rc::into_raw(self.batch.clone()) as *mut c_void;
        let task = unsafe {
            let next = sys::weir_next(self.chain.at);
            let next = sys::weir_each_call(next, keep::<T>, arg, tell::<T>);
            let worker = sys::weir_rt_worker(self.chain.runtime.rt);
            sys::weir_abort_on_drop(sys::weir_worker_spawn_at(worker, next, null()))
        };
        self.task = Some(Chain::stream(task, None));
    }
    fn settle(&mut self) -> Result<(), Error> {
        let (task, rt) = (&mut self.task, &self.chain.runtime);
        let state = rt.run(|| unsafe {
            sys::weir_rt_run(rt.rt, task.take().unwrap().take(), null_mut(), rt.error)
        });
        self.over = state == sys::END;
        if state == sys::ERROR { Err(rt.error()) } else { Ok(()) }
    }
    /// Whether the batch is over; if not, the waker is called when it may be.
    fn turn(&mut self, waker: &Waker) -> Result<bool, Error> {
        let (batch, rt) = (&self.batch, &self.chain.runtime);
        if !batch.over.get() { rt.turn()?; }
        if batch.over.get() { batch.watch.leave(batch.id()); return Ok(true); }
        batch.watch.wait(batch.id(), waker.clone());
        rt.wait()?;
        Ok(false)
    }
    fn poll_batch(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.task.is_none() { self.begin(); }
        match self.turn(cx.waker()) {
            Ok(true) => Poll::Ready(self.settle()),
            Ok(false) => Poll::Pending,
            Err(error) => { self.over = true; Poll::Ready(Err(error)) }
        }
    }
    /// The method of futures' Stream, by its name and signature.
    pub fn poll_next(
        mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            let item = self.batch.items.borrow_mut().pop_front();
            if let Some(item) = item { return Poll::Ready(Some(Ok(item))); }
            self.chain.runtime.panic_on();
            if self.over { return Poll::Ready(None); }
            match self.poll_batch(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
    pub async fn next(&mut self) -> Option<Result<T, Error>> { Next(self).await }
}
impl<T: Item> Drop for Awaited<T> {
    fn drop(&mut self) { self.batch.watch.leave(self.batch.id()); }
}

struct Next<'a, T: Item>(&'a mut Awaited<T>);
impl<T: Item> Future for Next<'_, T> {
    type Output = Option<Result<T, Error>>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut *self.0).poll_next(cx)
    }
}

#[cfg(feature = "futures")]
impl<T: Item> futures_core::Stream for Awaited<T> {
    type Item = Result<T, Error>;
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Awaited::poll_next(self, cx)
    }
}
#[cfg(feature = "futures")]
impl<T: Item> futures_core::stream::FusedStream for Awaited<T> {
    fn is_terminated(&self) -> bool { self.over && self.batch.items.borrow().is_empty() }
}

impl Runtime {
    /// Once round, without waiting.
    fn turn(&self) -> Result<(), Error> {
        let worker = unsafe { sys::weir_rt_worker(self.rt) };
        if self.run(|| unsafe { sys::weir_worker_turn(worker, 0) }) { return Ok(()); }
        Err(Error::of(unsafe { sys::weir_worker_error(worker) }))
    }
    /// Behind whatever turned the worker: it may want its next turn sooner than who waits knows.
    pub(super) fn turned(&self) {
        if self.helper.is_asked() { let _ = self.wait(); }
    }
    fn wait(&self) -> Result<(), Error> {
        let (fd, ns) = unsafe {
            let worker = sys::weir_rt_worker(self.rt);
            (sys::weir_worker_fd(worker), sys::weir_worker_timeout_ns(worker))
        };
        self.helper.wait(fd, ns).map_err(|why| Error::own(format!("no thread to wait on: {why}")))
    }
}

/// Unparks a thread; others may have unparked it meanwhile.
struct Parked(Thread, AtomicBool);
impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.1.store(true, Ordering::Release);
        self.0.unpark();
    }
}
/// Runs a future on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let parked = Arc::new(Parked(thread::current(), AtomicBool::new(false)));
    let (waker, mut future) = (Waker::from(parked.clone()), Box::pin(future));
    loop {
        if let Poll::Ready(out) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return out;
        }
        while !parked.1.swap(false, Ordering::Acquire) { thread::park(); }
    }
}
