//! weir for Rust: chains are iterators, and streams to await. A chain is not Send, so it stays on
//! its thread. An item is a Result; behind an error that is not fatal the next follows.
//!
//! A crate with its features, or files of a program: `#[path = "weir.rs"] mod weir;`.
#[cfg(not(feature = "weir-sys"))]
#[path = "weir-sys/lib.rs"]
mod sys;
#[cfg(feature = "weir-sys")]
use weir_sys as sys;

#[path = "weir_awaited.rs"]
mod awaited;
#[cfg(feature = "pipeline")]
#[path = "weir_pipeline.rs"]
mod pipeline;
#[path = "weir_watch.rs"]
mod watch;
#[allow(unused_imports)]
pub use awaited::{block_on, Awaited};
#[cfg(feature = "pipeline")]
#[allow(unused_imports)]
pub use pipeline::{pipeline, Allow, Options, Pipeline, TextError};

use std::any::{type_name, Any};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::ffi::{CStr, CString};
use std::fmt;
use std::marker::PhantomData;
use std::mem::size_of;
use std::os::raw::{c_char, c_int, c_void};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr::{null, null_mut};
use std::rc::Rc;
use std::time::Duration;
use watch::Helper;

const ROOM: usize = 64;
const ROOM_BYTES: usize = 1 << 16;
const LINE_BYTES_MAX: usize = 1 << 20;
const BURST: c_int = 0;
const RAISED_MAX: usize = 64;

pub type Cause = Box<dyn Any>;
type PanicPayload = Box<dyn Any + Send>;

#[derive(Debug)]
pub struct Error {
    pub message: String,
    pub place: String,
    pub cure: String, // what to try; "": nobody knows
    pub number: i64,
    pub record: u64,
    pub fatal: bool,
    pub cause: Option<Cause>, // what a function answered, or panicked with
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)?;
        for (word, said) in [("at", &self.place), ("try", &self.cure)] {
            if !said.is_empty() { write!(f, "\n  {word} {said}")?; }
        }
        Ok(())
    }
}
impl std::error::Error for Error {}

thread_local! {
    static RAISED: RefCell<(i64, BTreeMap<i64, Cause>)> = RefCell::new((0, BTreeMap::new()));
    static RUNTIME: Rc<Runtime> = Rc::new(Runtime::new());
}

struct Runtime {
    rt: *mut sys::weir_rt,
    error: *mut sys::weir_error,
    helper: Helper,
    busy: Cell<bool>, // it runs chains, and with them functions of the program
    panicked: Cell<Option<PanicPayload>>, // who is told, and has no item to give it to
}
impl Runtime {
    fn new() -> Self {
        unsafe {
            let error = sys::weir_error_new();
            let rt = sys::weir_rt_new(null(), error);
            assert!(!rt.is_null(), "{}", text(sys::weir_error_message(error)));
            Runtime {
                rt, error, helper: Helper::default(), busy: Cell::new(false), panicked: Cell::new(None),
            }
        }
    }
    /// What runs chains. Inside of a function of one it panics, as any function may.
    fn run<R>(&self, chains: impl FnOnce() -> R) -> R {
        assert!(!self.busy.get(), "a function of a stream cannot use a stream: both would run at once");
        self.busy.set(true);
        let got = chains();
        self.busy.set(false);
        self.turned();
        got
    }
    /// Of who is told: the first of them goes on where chains are run.
    #[cfg(feature = "pipeline")]
    fn panicked(&self, panic: PanicPayload) {
        let first = self.panicked.take().unwrap_or(panic);
        self.panicked.set(Some(first));
    }
    fn panic_on(&self) {
        if let Some(panic) = self.panicked.take() { resume_unwind(panic); }
    }
    /// A panic comes behind what came with it.
    fn pull(&self, pull: impl FnOnce() -> c_int) -> c_int {
        self.panic_on();
        let state = self.run(pull);
        if state != sys::READY { self.panic_on(); }
        state
    }
    /// What a future of a number came to, with what it reads meanwhile.
    fn number(&self, future: Chain<sys::weir_stream>) -> Result<u64, Error> {
        let mut n = 0u64;
        let out = &mut n as *mut u64 as *mut c_void;
        let (_kept, mut future) = (future.kept.clone(), Some(future));
        let state = self.run(|| unsafe {
            sys::weir_rt_run(self.rt, future.take().unwrap().take(), out, self.error)
        });
        self.panic_on();
        if state == sys::ERROR { Err(self.error()) } else { Ok(n) }
    }
    fn error(&self) -> Error { Error::of(self.error) }
}
impl Error {
    /// Of the binding's own.
    fn own(message: String) -> Self {
        let (place, cure) = (String::new(), String::new());
        Error { message, place, cure, number: 0, record: u64::MAX, fatal: true, cause: None }
    }
    fn of(e: *const sys::weir_error) -> Self {
        unsafe {
            let number = sys::weir_error_number(e);
            let mine = sys::weir_error_code(e) == sys::E_USER;
            Error {
                message: text(sys::weir_error_message(e)),
                place: text(sys::weir_error_place(e)),
                cure: text(sys::weir_error_cure(e)),
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
        self.helper.stop();
        unsafe {
            sys::weir_rt_drop(self.rt);
            sys::weir_error_drop(self.error);
        }
    }
}

fn text(from: *const c_char) -> String {
    if from.is_null() { return String::new(); }
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

/// What it reads of the program's own, or calls, for as long as it is there.
type Kept = Option<Rc<dyn Any>>;

/// A stream or a reader of C's, dropped with it, and what it keeps behind it.
struct Chain<K> {
    at: *mut K,
    drop: unsafe extern "C" fn(*mut K),
    kept: Kept,
    runtime: Rc<Runtime>,
}
impl<K> Drop for Chain<K> {
    fn drop(&mut self) {
        if !self.at.is_null() { unsafe { (self.drop)(self.at) } }
    }
}
impl<K> Chain<K> {
    fn new(at: *mut K, drop: unsafe extern "C" fn(*mut K), kept: Kept) -> Self {
        Chain { at, drop, kept, runtime: RUNTIME.with(Rc::clone) }
    }
    fn take(mut self) -> *mut K { std::mem::replace(&mut self.at, null_mut()) }
}
impl Chain<sys::weir_stream> {
    fn stream(at: *mut sys::weir_stream, kept: Kept) -> Self {
        Chain::new(at, sys::weir_stream_drop, kept)
    }
}

/// Items side by side, as C has them, moved out.
fn read_items<T: Item>(at: *mut c_void, n: usize) -> impl Iterator<Item = T> {
    (0..n).map(move |i| T::read(unsafe { (at as *mut u8).add(i * T::SIZE) } as *mut c_void))
}

pub struct Stream<T: Item> {
    chain: Chain<sys::weir_stream>,
    ready: VecDeque<T>,
}

struct Function<F, T> { function: F, from: PhantomData<T> }

fn words(panic: &dyn Any) -> String {
    let said = panic.downcast_ref::<String>().map(|said| said.as_str());
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
    said.map_or("a function panicked".to_string(), |said| format!("a function panicked: {said}"))
}
fn raise(cause: Cause, message: &str, error: *mut sys::weir_error) -> c_int {
    let number = RAISED.with(|raised| {
        let (last, all) = &mut *raised.borrow_mut();
        *last += 1;
        all.insert(*last, cause);
        if all.len() > RAISED_MAX {
            let first = *all.keys().next().unwrap();
            all.remove(&first);
        }
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
        Err(panic) => { let said = words(&*panic); raise(panic, &said, error) }
    }
}
extern "C" fn forget<F>(arg: *mut c_void) {
    drop(unsafe { Box::from_raw(arg as *mut F) });
}

impl<T: Item> Stream<T> {
    fn of(chain: *mut sys::weir_stream, kept: Kept) -> Self {
        Stream { chain: Chain::stream(chain, kept), ready: VecDeque::new() }
    }
    /// A function that may fail, at its item.
    pub fn map<U: 'static, E, F>(self, function: F) -> Stream<Made<U>>
    where T: 'static, E: fmt::Display + 'static, F: FnMut(T) -> Result<U, E> + 'static {
        let name = CString::new(format!("Rust's {}", type_name::<U>())).unwrap();
        let size = size_of::<*mut U>();
        let to = unsafe { sys::weir_type_make(name.as_ptr(), size, size, drop_made::<U>, null_mut()) };
        let arg = Box::into_raw(Box::new(Function { function, from: PhantomData::<T> }));
        let kept = self.chain.kept.clone();
        let made = unsafe {
            sys::weir_map_call(self.chain.take(), to, call_map::<T, U, E, F>, arg as *mut c_void,
                               forget::<Function<F, T>>)
        };
        Stream::of(made, kept)
    }
    pub fn to_await(self) -> Awaited<T> { Awaited::of(self.chain) }
}
impl<T: Item> Iterator for Stream<T> {
    type Item = Result<T, Error>;
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(item) = self.ready.pop_front() { return Some(Ok(item)); }
        let mut items = [0u64; 2 * ROOM];
        let (at, mut n) = (items.as_mut_ptr() as *mut c_void, 0);
        let (rt, chain) = (&self.chain.runtime, self.chain.at);
        let state = rt.pull(|| unsafe { sys::weir_pull(rt.rt, chain, at, ROOM, &mut n, rt.error) });
        if state == sys::ERROR { return Some(Err(rt.error())); }
        self.ready.extend(read_items::<T>(at, n));
        unsafe { sys::weir_type_drop_items(sys::weir_stream_type(chain), at, n) };
        self.ready.pop_front().map(Ok)
    }
}

/// Bytes: in pieces as they come, or as lines.
pub struct Reader(Chain<sys::weir_reader>);
impl Reader {
    fn of(reader: *mut sys::weir_reader, kept: Kept) -> Self {
        Reader(Chain::new(reader, sys::weir_reader_drop, kept))
    }
    pub fn lines(self) -> Stream<Vec<u8>> {
        let kept = self.0.kept.clone();
        Stream::of(unsafe { sys::weir_lines(self.0.take(), LINE_BYTES_MAX) }, kept)
    }
    /// Writes it to a file, which appears when it is complete; answers how many bytes.
    pub fn save(self, path: &str) -> Result<u64, Error> {
        let (kept, rt, path) = (self.0.kept.clone(), self.0.runtime.clone(), c_path(path));
        let writer = unsafe { sys::weir_file_writer(path.as_ptr(), null()) };
        rt.number(Chain::stream(unsafe { sys::weir_copy(self.0.take(), writer) }, kept))
    }
}
impl Iterator for Reader {
    type Item = Result<Vec<u8>, Error>;
    fn next(&mut self) -> Option<Self::Item> {
        let (rt, mut piece, mut n) = (&self.0.runtime, vec![0; ROOM_BYTES], 0);
        let at = piece.as_mut_ptr() as *mut c_void;
        let (reader, size) = (self.0.at, ROOM_BYTES);
        let state = rt.pull(|| unsafe {
            sys::weir_pull_bytes(rt.rt, reader, at, size, &mut n, rt.error)
        });
        match state {
            sys::READY => { piece.truncate(n); Some(Ok(piece)) }
            sys::ERROR => Some(Err(rt.error())),
            _ => None,
        }
    }
}

pub fn range(first: i64, end: i64) -> Stream<i64> {
    Stream::of(unsafe { sys::weir_range(first, end) }, None)
}
/// The numbers of ticks, from 0: the first at once, then one a period, for ever.
pub fn interval(period: Duration) -> Stream<i64> {
    let period_ns = period.as_nanos().min(u64::MAX as u128) as u64;
    Stream::of(unsafe { sys::weir_interval(period_ns, BURST) }, None)
}
pub fn memory(bytes: impl Into<Vec<u8>>) -> Reader {
    let bytes = Rc::new(bytes.into());
    let reader = unsafe { sys::weir_memory_reader(bytes.as_ptr() as *const c_void, bytes.len()) };
    Reader::of(reader, Some(bytes))
}
fn c_path(path: &str) -> CString { CString::new(path).expect("a path holds no NUL") }
/// A file, decompressed where it is compressed.
pub fn open(path: &str) -> Reader {
    Reader::of(unsafe { sys::weir_open(c_path(path).as_ptr()) }, None)
}
/// The lines of a file, as of open().
pub fn lines(path: &str) -> Stream<Vec<u8>> { open(path).lines() }
