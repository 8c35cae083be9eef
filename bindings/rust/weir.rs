//! weir for Rust, without a crate: chains are iterators, and streams to await. A chain is not Send,
//! so it stays on its thread. An item is a Result; behind an error that is not fatal the next follows.
#[path = "weir_sys.rs"]
mod sys;
use std::any::{type_name, Any};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::ffi::{CStr, CString};
use std::future::Future;
use std::marker::PhantomData;
use std::mem::size_of;
use std::os::raw::{c_int, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::Pin;
use std::ptr::{null, null_mut};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

const ROOM: usize = 64;
const RAISED_MAX: usize = 64;

pub type Cause = Box<dyn Any>;

#[derive(Debug)]
pub struct Error {
    pub message: String,
    pub place: String,
    pub number: i64,
    pub record: u64,
    pub fatal: bool,
    pub cause: Option<Cause>, // what a function answered, or panicked with
}

thread_local! {
    static RAISED: RefCell<(i64, BTreeMap<i64, Cause>)> = RefCell::new((0, BTreeMap::new()));
    static RUNTIME: Rc<Runtime> = Rc::new(Runtime::new());
}

struct Runtime {
    rt: *mut sys::weir_rt,
    error: *mut sys::weir_error,
}
impl Runtime {
    fn new() -> Self {
        unsafe {
            let error = sys::weir_error_new();
            let rt = sys::weir_rt_new(null(), error);
            assert!(!rt.is_null(), "{}", text(sys::weir_error_message(error)));
            Runtime { rt, error }
        }
    }
    fn error(&self) -> Error {
        unsafe {
            let (e, number) = (self.error, sys::weir_error_number(self.error));
            let mine = sys::weir_error_code(e) == sys::E_USER;
            Error {
                message: text(sys::weir_error_message(e)),
                place: text(sys::weir_error_place(e)),
                number,
                record: sys::weir_error_record(e),
                fatal: sys::weir_error_is_fatal(e),
                cause: if mine { RAISED.with(|r| r.borrow_mut().1.remove(&number)) } else { None },
            }
        }
    }
}
impl Drop for Runtime {
    fn drop(&mut self) {
        unsafe {
            sys::weir_rt_drop(self.rt);
            sys::weir_error_drop(self.error);
        }
    }
}

fn text(from: *const std::os::raw::c_char) -> String {
    unsafe { CStr::from_ptr(from).to_string_lossy().into_owned() }
}

/// How an item is read where it stands: lines are copied, what a function made is moved out.
pub trait Item: Sized {
    fn read(at: *mut c_void) -> Self;
    const SIZE: usize;
}
impl Item for i64 {
    fn read(at: *mut c_void) -> Self { unsafe { *(at as *const i64) } }
    const SIZE: usize = size_of::<i64>();
}
impl Item for Vec<u8> {
    fn read(at: *mut c_void) -> Self {
        let line = unsafe { &*(at as *const sys::weir_line) };
        if line.size == 0 { return Vec::new(); }
        unsafe { std::slice::from_raw_parts(line.data, line.size).to_vec() }
    }
    const SIZE: usize = size_of::<sys::weir_line>();
}
/// What a function made.
#[derive(Debug)]
pub struct Made<T>(pub T);
impl<T> Item for Made<T> {
    fn read(at: *mut c_void) -> Self {
        unsafe { Made(*Box::from_raw(std::mem::replace(&mut *(at as *mut *mut T), null_mut()))) }
    }
    const SIZE: usize = size_of::<*mut T>();
}
extern "C" fn drop_made<T>(at: *mut c_void, _: *mut c_void) {
    let made = unsafe { *(at as *mut *mut T) };
    if !made.is_null() { drop(unsafe { Box::from_raw(made) }); }
}

struct Chain(*mut sys::weir_stream);
impl Drop for Chain {
    fn drop(&mut self) { unsafe { sys::weir_stream_drop(self.0) } }
}
impl Chain {
    fn take(self) -> *mut sys::weir_stream {
        let chain = self.0;
        std::mem::forget(self);
        chain
    }
}

pub struct Stream<T: Item> {
    chain: Chain,
    ready: VecDeque<T>,
    runtime: Rc<Runtime>,
}

struct Function<F, T> { function: F, from: PhantomData<T> }

fn raise(cause: Cause, message: &str, error: *mut sys::weir_error) -> c_int {
    let number = RAISED.with(|raised| {
        let (last, all) = &mut *raised.borrow_mut();
        *last += 1;
        all.insert(*last, cause);
        if all.len() > RAISED_MAX { all.pop_first(); }
        *last
    });
    let message = CString::new(message.replace('\0', " ")).unwrap();
    unsafe { sys::weir_error_say(error, sys::E_USER, number, message.as_ptr()) };
    -1
}
extern "C" fn call_map<T: Item, U, E: std::fmt::Display + 'static, F: FnMut(T) -> Result<U, E>>(
    item: *const c_void, out: *mut c_void, arg: *mut c_void, error: *mut sys::weir_error) -> c_int {
    let this = unsafe { &mut *(arg as *mut Function<F, T>) };
    match catch_unwind(AssertUnwindSafe(|| (this.function)(T::read(item as *mut c_void)))) {
        Ok(Ok(made)) => unsafe { *(out as *mut *mut U) = Box::into_raw(Box::new(made)); 1 },
        Ok(Err(why)) => { let said = why.to_string(); raise(Box::new(why), &said, error) }
        Err(panic) => raise(panic, "a function panicked", error),
    }
}
extern "C" fn forget<F>(arg: *mut c_void) {
    drop(unsafe { Box::from_raw(arg as *mut F) });
}

impl<T: Item> Stream<T> {
    fn of(chain: *mut sys::weir_stream) -> Self {
        Stream { chain: Chain(chain), ready: VecDeque::new(), runtime: RUNTIME.with(Rc::clone) }
    }
    /// A function that may fail, at its item.
    pub fn map<U: 'static, E, F>(self, function: F) -> Stream<Made<U>>
    where T: 'static, E: std::fmt::Display + 'static, F: FnMut(T) -> Result<U, E> + 'static {
        let name = CString::new(format!("Rust's {}", type_name::<U>())).unwrap();
        let size = size_of::<*mut U>();
        let to = unsafe { sys::weir_type_make(name.as_ptr(), size, size, drop_made::<U>, null_mut()) };
        let arg = Box::into_raw(Box::new(Function { function, from: PhantomData::<T> }));
        Stream::of(unsafe {
            sys::weir_map_call(self.chain.take(), to, call_map::<T, U, E, F>, arg as *mut c_void,
                               forget::<Function<F, T>>)
        })
    }
    pub fn to_await(self) -> Awaited<T> {
        let lent = unsafe { sys::weir_type_named(c"weir_line".as_ptr()) };
        let (runtime, mut chain) = (self.runtime, self.chain.take());
        unsafe {
            if sys::weir_stream_type(chain) == lent { chain = sys::weir_own(chain); }
            chain = sys::weir_ready_chunks(chain, ROOM);
        }
        Awaited { task: None, chain: Chain(chain), batch: Rc::default(), runtime, over: false }
    }
}
impl<T: Item> Iterator for Stream<T> {
    type Item = Result<T, Error>;
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(item) = self.ready.pop_front() { return Some(Ok(item)); }
        let mut items = [0u64; 2 * ROOM];
        let (at, mut n) = (items.as_mut_ptr() as *mut c_void, 0);
        let (rt, chain) = (&self.runtime, self.chain.0);
        let state = unsafe { sys::weir_pull(rt.rt, chain, at, ROOM, &mut n, rt.error) };
        if state == sys::ERROR { return Some(Err(rt.error())); }
        self.ready.extend((0..n).map(|i| T::read(unsafe { at.byte_add(i * T::SIZE) })));
        unsafe { sys::weir_type_drop_items(sys::weir_stream_type(chain), at, n) };
        self.ready.pop_front().map(Ok)
    }
}

/// What a task brings, and who waits for it.
struct Batch<T> { items: RefCell<VecDeque<T>>, over: Cell<bool>, waker: RefCell<Option<Waker>> }
impl<T> Default for Batch<T> {
    fn default() -> Self {
        Batch { items: Default::default(), over: Cell::new(false), waker: Default::default() }
    }
}
extern "C" fn keep<T: Item>(vec: *const c_void, _: *mut c_void, arg: *mut c_void, _: *mut sys::weir_error) -> c_int {
    let (batch, mut n) = (unsafe { &*(arg as *const Batch<T>) }, 0);
    let at = unsafe { sys::weir_vec_items(vec as *const sys::weir_vec, &mut n) } as *mut c_void;
    batch.items.borrow_mut().extend((0..n).map(|i| T::read(unsafe { at.byte_add(i * T::SIZE) })));
    1
}
extern "C" fn tell<T>(arg: *mut c_void) {
    let batch = unsafe { Rc::from_raw(arg as *const Batch<T>) };
    batch.over.set(true);
    if let Some(waker) = batch.waker.take() { waker.wake(); }
}

/// A stream for async functions, polled within block_on().
pub struct Awaited<T: Item> {
    task: Option<Chain>, // before the chain, which it polls
    chain: Chain,
    batch: Rc<Batch<T>>,
    runtime: Rc<Runtime>,
    over: bool,
}
impl<T: Item> Awaited<T> {
    fn begin(&mut self) {
        self.batch.over.set(false);
        let arg = Rc::into_raw(self.batch.clone()) as *mut c_void;
        self.task = Some(Chain(unsafe {
            let next = sys::weir_each_call(sys::weir_next(self.chain.0), keep::<T>, arg, tell::<T>);
            let worker = sys::weir_rt_worker(self.runtime.rt);
            sys::weir_abort_on_drop(sys::weir_worker_spawn_at(worker, next, null()))
        }));
    }
    fn settle(&mut self, task: Chain) -> Option<Error> {
        let rt = &self.runtime;
        let state = unsafe { sys::weir_rt_run(rt.rt, task.take(), null_mut(), rt.error) };
        self.over = state == sys::END;
        if state == sys::ERROR { Some(rt.error()) } else { None }
    }
    /// The method of futures' Stream, by its name and signature.
    pub fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            let item = self.batch.items.borrow_mut().pop_front();
            if let Some(item) = item { return Poll::Ready(Some(Ok(item))); }
            if self.over { return Poll::Ready(None); }
            if self.task.is_none() { self.begin(); }
            if !self.batch.over.get() {
                *self.batch.waker.borrow_mut() = Some(cx.waker().clone());
                return Poll::Pending;
            }
            let task = self.task.take().unwrap();
            if let Some(error) = self.settle(task) { return Poll::Ready(Some(Err(error))); }
        }
    }
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

struct Nobody;
impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}
/// Runs a future on this thread, turning weir's worker while it waits.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let (waker, mut future) = (Waker::from(Arc::new(Nobody)), Box::pin(future));
    let worker = RUNTIME.with(|r| unsafe { sys::weir_rt_worker(r.rt) });
    loop {
        if let Poll::Ready(out) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return out;
        }
        assert!(unsafe { sys::weir_worker_turn(worker, u64::MAX) }, "the driver is broken");
    }
}

pub fn range(first: i64, end: i64) -> Stream<i64> {
    Stream::of(unsafe { sys::weir_range(first, end) })
}
/// The lines of a file, decompressed where it is compressed.
pub fn lines(path: &str) -> Stream<Vec<u8>> {
    let path = CString::new(path).expect("a path holds no NUL");
    Stream::of(unsafe { sys::weir_lines(sys::weir_open(path.as_ptr()), 1 << 20) })
}
