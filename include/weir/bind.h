/* weir/bind.h: for bindings of other languages: what a program in C has from macros and inline
 * functions, as functions that take numbers and pointers. None takes or gives a struct, so that
 * nobody has to copy the layout of one. C programs need none of it.
 *
 * The rest of the library is called as it is: constructors, weir_rt_new(), weir_rt_run(), and, in a
 * loop of the language's own, weir_rt_worker(), weir_worker_fd(), weir_worker_timeout_ns() and
 * weir_worker_turn() of weir/executor.h. A runtime belongs to the thread that runs it, and so do
 * its chains: what a collector lets go of on another thread is sent there before it is dropped.
 * bindings/ has four of them. */
#ifndef WEIR_BIND_H
#define WEIR_BIND_H

#include "weir/codec.h"
#include "weir/run.h"

WEIR_BEGIN_C

/* ---- what comes out ---- */

/* What is there of a stream that stays the caller's, up to `room` items (at least 1) side by side
 * at items: waits for the first alone. READY: *n of them, which are the caller's, to drop
 * (weir_type_drop_items); what is lent is valid until the next call for this stream. END: no more
 * will come. ERROR: *error (which may be NULL) says why; where it is not fatal the next call goes
 * on behind it.
 * Errors: as weir_rt_next(); ARGUMENT where room is 0.
 * Source: futures' poll_next, many at a time.
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     weir_stream *numbers = weir_range(5, 8);
 *     int64_t items[8];
 *     size_t n;
 *     weir_ignore(weir_pull(rt, numbers, items, 8, &n, NULL));
 *     p(n); // -> 3
 *     p(items[2]); // -> 7
 *     weir_drop(numbers);
 *     weir_rt_drop(rt);
 */
WEIR_AWAITS
WEIR_API weir_state weir_pull(weir_rt *rt, weir_stream *stream, void *items, size_t room, size_t *n,
                              weir_error *error) WEIR_MUST_USE;

/* The same of lines, weir_line or weir_owned_line, as one block of `size` bytes: line i ends before
 * ends[i], and begins where the one before it ends. *n: at most how many, then how many there are.
 * A line that is longer than half of the block is an error at its place, and left out; so whoever
 * wants lines of at most line_bytes_max gives a block of twice that. With each answer *n lines
 * stand there: READY, of which there are some; END, no more will come behind them; ERROR, which
 * arose behind them.
 * Errors: TYPE where the stream gives no lines; LIMIT of a line, not fatal.
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     weir_stream *said = lines("one\ntwo");
 *     char block[64];
 *     uint32_t ends[8];
 *     size_t n = 8;
 *     weir_ignore(weir_pull_lines(rt, said, block, 64, ends, &n, NULL));
 *     p(n); // -> 2
 *     p((weir_line){block + ends[0], ends[1] - ends[0]}); // -> two
 *     weir_drop(said);
 *     weir_rt_drop(rt);
 */
WEIR_AWAITS
WEIR_API weir_state weir_pull_lines(weir_rt *rt, weir_stream *lines, void *bytes, size_t size,
                                    uint32_t *ends, size_t *n, weir_error *error) WEIR_MUST_USE;

/* The same of a reader: READY: *n bytes, 1 to size, were copied to out.
 *
 * Example:
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     weir_reader *reader = text("hello");
 *     char out[8];
 *     size_t n;
 *     weir_ignore(weir_pull_bytes(rt, reader, out, 8, &n, NULL));
 *     p((weir_line){out, n}); // -> hello
 *     weir_drop(reader);
 *     weir_rt_drop(rt);
 */
WEIR_AWAITS
WEIR_API weir_state weir_pull_bytes(weir_rt *rt, weir_reader *reader, void *out, size_t size,
                                    size_t *n, weir_error *error) WEIR_MUST_USE;

/* ---- types ---- */

/* The type of that name: "int64_t", "uint64_t", "bool", "unit", "weir_line", "weir_owned_line",
 * "weir_stream *", "weir_vec", or one that was made. NULL: there is none. From any thread.
 *
 * Example:
 *     p(weir_type_size(weir_type_named("uint64_t"))); // -> 8
 *     p(yes(weir_type_named("no such"))); // -> no
 */
WEIR_API const weir_type *weir_type_named(const char *name);

/* A type of that name, whose items are `size` bytes; `align` is a power of two that divides it.
 * Its items hold no pointer into what they were made of. drop releases one; NULL: it owns nothing.
 * There is one of a name, which is never released: whoever asks again, with the same words, has the
 * same one. NULL: no memory, another one has that name, or size and align are none. From any
 * thread.
 * Owns: a copy of the name.
 *
 * Example:
 *     p(weir_type_size(weir_type_make("point of a map", 16, 8, NULL, NULL))); // -> 16
 */
WEIR_API const weir_type *weir_type_make(const char *name, size_t size, size_t align,
                                         void (*drop)(void *item, void *arg), void *arg WEIR_KEEPS);

/* What a stream yields, for weir_type_name() and weir_type_size().
 *
 * Example:
 *     weir_stream *numbers = weir_range(0, 3);
 *     p(weir_type_name(weir_stream_type(numbers))); // -> int64_t
 *     weir_drop(numbers);
 */
WEIR_API const weir_type *weir_stream_type(const weir_stream *stream);
/* As a program says it.
 *
 * Example:
 *     p(weir_type_name(&weir_type_line)); // -> weir_line
 */
WEIR_API const char *weir_type_name(const weir_type *type);
/* Units: bytes.
 *
 * Example:
 *     p(weir_type_size(&weir_type_bool)); // -> 1
 */
WEIR_API size_t weir_type_size(const weir_type *type);

/* ---- functions of the other language ---- */

/* What is called for an item, which it borrows. An answer below 0 is an error, which
 * weir_error_say() described; 0 is "no" of a filter; all others are "yes", or "done". */
typedef int weir_call(const void *in, void *out, void *arg, weir_error *error);

/* Stages of such functions, which may fail, each at its item: the items before it come first, its
 * own is dropped, and the stream goes on with the next. They are called on the thread that polls
 * the chain. gone(arg) is called once, on the thread that drops it, when the chain will call no
 * more, also where it could not be built: what the function needs can go then. gone may be NULL.
 *
 * map: makes an item of type `to` at out. filter: keeps the items for which it says yes. each:
 * looks, the items go on. then: puts a future of type `to` at out (weir_stream **), whose item
 * comes instead, one at a time; in order. In these two out is NULL.
 *
 * Shape: as weir_map, weir_filter, weir_inspect, weir_then.
 * Errors: USER where the function says nothing else; ARGUMENT for a type that is NULL.
 *
 * Example:
 *     const weir_type *i64 = &weir_type_i64;
 *     p(weir_map_call(numbers(1, 2), i64, double_it, NULL, NULL)); // -> 2 4
 *     p(weir_filter_call(numbers(1, 2), is_one, NULL, NULL)); // -> 1
 *     p(weir_each_call(numbers(1, 2), is_one, NULL, NULL)); // -> 1 2
 *     p(weir_then_call(numbers(3), i64, later_it, NULL, NULL)); // -> 3
 */
WEIR_NEW weir_stream *weir_map_call(weir_stream *source WEIR_TAKES, const weir_type *to,
                                    weir_call *fn, void *arg WEIR_KEEPS, void (*gone)(void *arg));
WEIR_NEW weir_stream *weir_filter_call(weir_stream *source WEIR_TAKES, weir_call *fn,
                                       void *arg WEIR_KEEPS, void (*gone)(void *arg));
WEIR_NEW weir_stream *weir_each_call(weir_stream *source WEIR_TAKES, weir_call *fn,
                                     void *arg WEIR_KEEPS, void (*gone)(void *arg));
WEIR_NEW weir_stream *weir_then_call(weir_stream *source WEIR_TAKES, const weir_type *to,
                                     weir_call *fn, void *arg WEIR_KEEPS, void (*gone)(void *arg));

/* ---- errors ---- */

/* An empty one, for functions that fill one; weir_error_drop() releases it. NULL: no memory.
 *
 * Example:
 *     weir_error *error = weir_error_new();
 *     p(code_name(weir_error_code(error))); // -> OK
 *     weir_error_drop(error);
 */
WEIR_API weir_error *weir_error_new(void) WEIR_MUST_USE;

/* Describes an error: as weir_error_set(), of a text that is ready, with a number of the
 * program's own.
 *
 * Example:
 *     weir_error *error = weir_error_new();
 *     weir_error_say(error, WEIR_E_USER, 7, "no threes");
 *     p(weir_error_message(error)); // -> no threes
 *     p(weir_error_number(error)); // -> 7
 *     weir_error_drop(error);
 */
WEIR_API void weir_error_say(weir_error *error, weir_code code, int64_t number,
                             const char *message);

/* Its members. place: "" where there is none; cure: NULL where none is known; byte and record:
 * WEIR_NOWHERE where they say nothing. Texts are valid as long as the error is not filled anew.
 *
 * Example:
 *     weir_error *error = weir_error_new();
 *     weir_error_say(error, WEIR_E_USER, 7, "no threes");
 *     p(code_name(weir_error_code(error))); // -> USER
 *     p(yes(weir_error_cure(error))); // -> no
 *     p(yes(weir_error_record(error) == WEIR_NOWHERE)); // -> yes
 *     weir_error_drop(error);
 */
WEIR_API weir_code weir_error_code(const weir_error *error);
WEIR_API bool weir_error_is_fatal(const weir_error *error);
WEIR_API const char *weir_error_message(const weir_error *error);
WEIR_API const char *weir_error_place(const weir_error *error);
WEIR_API const char *weir_error_cure(const weir_error *error);
WEIR_API int64_t weir_error_number(const weir_error *error);
WEIR_API uint64_t weir_error_byte(const weir_error *error);
WEIR_API uint64_t weir_error_record(const weir_error *error);

/* ---- what is inline in C ---- */

/* weir_peek(), weir_consume(), weir_is_done(), and the members of a weir_vec.
 *
 * Example:
 *     weir_stream *numbers = weir_range(0, 3);
 *     p(yes(weir_stream_is_done(numbers))); // -> no
 *     weir_drop(numbers);
 */
WEIR_API const unsigned char *weir_peek_bytes(const weir_reader *reader, size_t *n);
WEIR_API void weir_consume_bytes(weir_reader *reader, size_t n);
WEIR_API bool weir_stream_is_done(const weir_stream *stream);
WEIR_API const void *weir_vec_items(const weir_vec *vec, size_t *n);

/* The library that runs, as 10000 * major + 100 * minor + patch.
 *
 * Example:
 *     p(weir_version()); // -> 100
 */
WEIR_API uint32_t weir_version(void);

WEIR_END_C

#endif
