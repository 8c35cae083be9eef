//! What weir.rs calls of libweir, as include/weir/ declares it. layout.c pins what is copied here.
#![allow(non_camel_case_types, clippy::missing_safety_doc)]
use std::os::raw::{c_char, c_int, c_void};

pub const READY: c_int = 0;
pub const END: c_int = 2;
pub const ERROR: c_int = 3;
pub const E_USER: c_int = 10;

macro_rules! opaque { ($($name:ident)*) => { $(#[repr(C)] pub struct $name { _private: [u8; 0] })* } }
opaque! { weir_rt weir_worker weir_stream weir_reader weir_writer weir_error weir_type weir_site weir_vec }

#[repr(C)]
pub struct weir_line {
    pub data: *const u8,
    pub size: usize,
}

pub type weir_call = extern "C" fn(*const c_void, *mut c_void, *mut c_void, *mut weir_error) -> c_int;
pub type gone = extern "C" fn(*mut c_void);
pub type drop_item = extern "C" fn(*mut c_void, *mut c_void);

extern "C" {
    pub fn weir_rt_new(options: *const c_void, error: *mut weir_error) -> *mut weir_rt;
    pub fn weir_rt_drop(rt: *mut weir_rt);
    pub fn weir_rt_run(rt: *mut weir_rt, s: *mut weir_stream, out: *mut c_void, e: *mut weir_error) -> c_int;
    pub fn weir_rt_worker(rt: *mut weir_rt) -> *mut weir_worker;
    pub fn weir_worker_turn(worker: *mut weir_worker, timeout_ns: u64) -> bool;
    pub fn weir_worker_error(worker: *const weir_worker) -> *const weir_error;
    pub fn weir_worker_timeout_ns(worker: *mut weir_worker) -> u64;
    pub fn weir_worker_fd(worker: *mut weir_worker) -> c_int;
    pub fn weir_worker_spawn_at(w: *mut weir_worker, f: *mut weir_stream, at: *const weir_site) -> *mut weir_stream;
    pub fn weir_abort_on_drop(handle: *mut weir_stream) -> *mut weir_stream;
    pub fn weir_pull(rt: *mut weir_rt, s: *mut weir_stream, items: *mut c_void, room: usize,
                     n: *mut usize, e: *mut weir_error) -> c_int;
    pub fn weir_pull_lines(rt: *mut weir_rt, s: *mut weir_stream, bytes: *mut c_void, size: usize,
                           ends: *mut u32, n: *mut usize, e: *mut weir_error) -> c_int;
    pub fn weir_pull_bytes(rt: *mut weir_rt, r: *mut weir_reader, out: *mut c_void, size: usize,
                           n: *mut usize, e: *mut weir_error) -> c_int;
    pub fn weir_map_call(s: *mut weir_stream, to: *const weir_type, f: weir_call, arg: *mut c_void,
                         gone: gone) -> *mut weir_stream;
    pub fn weir_each_call(s: *mut weir_stream, f: weir_call, arg: *mut c_void, gone: gone) -> *mut weir_stream;
    pub fn weir_next(s: *mut weir_stream) -> *mut weir_stream;
    pub fn weir_own(s: *mut weir_stream) -> *mut weir_stream;
    pub fn weir_ready_chunks(s: *mut weir_stream, n: usize) -> *mut weir_stream;
    pub fn weir_vec_items(vec: *const weir_vec, n: *mut usize) -> *const c_void;
    pub fn weir_range(first: i64, end: i64) -> *mut weir_stream;
    pub fn weir_interval(period_ns: u64, missed: c_int) -> *mut weir_stream;
    pub fn weir_open(path: *const c_char) -> *mut weir_reader;
    pub fn weir_memory_reader(bytes: *const c_void, n: usize) -> *mut weir_reader;
    pub fn weir_reader_drop(reader: *mut weir_reader);
    pub fn weir_file_writer(path: *const c_char, options: *const c_void) -> *mut weir_writer;
    pub fn weir_copy(from: *mut weir_reader, to: *mut weir_writer) -> *mut weir_stream;
    pub fn weir_lines(reader: *mut weir_reader, line_bytes_max: usize) -> *mut weir_stream;
    pub fn weir_stream_drop(s: *mut weir_stream);
    pub fn weir_type_named(name: *const c_char) -> *const weir_type;
    pub fn weir_type_make(name: *const c_char, size: usize, align: usize, drop: drop_item,
                          arg: *mut c_void) -> *const weir_type;
    pub fn weir_type_drop_items(t: *const weir_type, items: *mut c_void, n: usize);
    pub fn weir_stream_type(s: *const weir_stream) -> *const weir_type;
    pub fn weir_error_new() -> *mut weir_error;
    pub fn weir_error_drop(e: *mut weir_error);
    pub fn weir_error_say(e: *mut weir_error, code: c_int, number: i64, message: *const c_char);
    pub fn weir_error_code(e: *const weir_error) -> c_int;
    pub fn weir_error_number(e: *const weir_error) -> i64;
    pub fn weir_error_record(e: *const weir_error) -> u64;
    pub fn weir_error_is_fatal(e: *const weir_error) -> bool;
    pub fn weir_error_message(e: *const weir_error) -> *const c_char;
    pub fn weir_error_place(e: *const weir_error) -> *const c_char;
    pub fn weir_error_cure(e: *const weir_error) -> *const c_char;
}

/// include/weir/pipeline.h, of libweir-pipeline.
#[cfg(feature = "pipeline")]
pub mod pipeline {
    use super::*;
    opaque! { weir_pipeline }

    #[repr(C)]
    pub struct weir_note {
        pub at: usize,
        pub size: usize,
        pub other_at: usize,
        pub other_size: usize,
        pub message: [c_char; 256],
        pub hint: [c_char; 128],
    }
    #[repr(C)]
    pub struct weir_parse_options {
        pub size: u32,
        pub allow: u32,
        pub input: *mut weir_reader,
        pub output: *mut weir_writer,
        pub on_note: Option<extern "C" fn(*mut c_void, *const weir_note)>,
        pub arg: *mut c_void,
    }

    extern "C" {
        pub fn weir_parse(text: *const c_char, n: usize, options: *const weir_parse_options,
                          note: *mut weir_note) -> *mut weir_pipeline;
        pub fn weir_pipeline_drop(p: *mut weir_pipeline);
        pub fn weir_pipeline_future(p: *mut weir_pipeline) -> *mut weir_stream;
        pub fn weir_pipeline_lines(p: *mut weir_pipeline) -> *mut weir_stream;
        pub fn weir_pipeline_reader(p: *mut weir_pipeline) -> *mut weir_reader;
        pub fn weir_pipeline_memory_bytes(p: *const weir_pipeline) -> u64;
        pub fn weir_pipeline_explain(p: *const weir_pipeline, rt: *const weir_rt, out: *mut c_char,
                                     size: usize) -> usize;
    }
}
