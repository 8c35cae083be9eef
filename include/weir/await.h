/* weir/await.h: waiting for one thing, in functions that wait (weir/loop.h says who).
 *
 * Errors, of each: ARGUMENT inside of a poll, where nothing can wait; CANCELLED in a fiber that was
 * dropped: clean up and return. error may be NULL where it is not wanted. */
#ifndef WEIR_AWAIT_H
#define WEIR_AWAIT_H

#include "weir/loop.h"
#include "weir/writer.h"

WEIR_BEGIN_C

/* Waits for a future.
 * READY: *out holds its item. END: it ended without one. ERROR: *error holds why. out may be NULL:
 * the item is dropped. After READY and END error->code is WEIR_OK, or WEIR_E_STOPPED where a source
 * was cut.
 * Errors: TYPE as of weir_run(), which is this on a thread. */
WEIR_API weir_state weir_await_sized(weir_stream *future WEIR_TAKES, void *out, size_t out_size,
                                     weir_error *error, weir_site site);

/* Waits for the next item of a stream that stays the caller's:
 *
 *     while (weir_await_next(lines, &line, &error) == WEIR_READY) ...
 *
 * After an error that is not error.fatal the next call goes on behind it. */
WEIR_API weir_state weir_await_next_sized(weir_stream *stream, void *out, size_t out_size,
                                          weir_error *error, weir_site site);

/* Waits until one of n futures is over, and answers which: of several the first in the order they
 * stand in. They are polled in that order, all stay the caller's, and none of the others loses
 * anything. error->code is WEIR_OK: *out holds its item; CLOSED: it ended without one; else it
 * failed. -1: it cannot wait, *error says why; none may be of another type than the first. */
WEIR_API int weir_await_any_sized(weir_stream *const *futures, size_t n, void *out, size_t out_size,
                                  weir_error *error, weir_site site);

/* Waits for bytes of a reader that stays the caller's. None of these needs an arena.
 * READY: *n (>= 1) bytes, at most size, stand at out. END: the input is over. */
WEIR_API weir_state weir_await_read_at(weir_reader *reader, void *out, size_t size, size_t *n,
                                       weir_error *error, weir_site site);

/* Waits until at least min bytes are in hand, for weir_peek() and weir_consume(): nothing is
 * copied. END: the input is over, what is in hand is all. */
WEIR_API weir_state weir_await_fill_at(weir_reader *reader, size_t min, weir_error *error,
                                       weir_site site);

/* Waits until all n bytes are taken by a writer that stays the caller's. READY, or ERROR. */
WEIR_API weir_state weir_await_write_at(weir_writer *writer, const void *bytes, size_t n,
                                        weir_error *error, weir_site site);

/* READY: everything taken has gone on. */
WEIR_API weir_state weir_await_flush_at(weir_writer *writer, weir_error *error, weir_site site);

/* END: it is closed, and what was written counts. The writer stays the caller's, to drop. */
WEIR_API weir_state weir_await_close_at(weir_writer *writer, weir_error *error, weir_site site);

WEIR_END_C

/* How much *out may hold; 0: a void pointer, which nobody knows. */
#ifndef __cplusplus
#define WEIR_OUT_SIZE_(out)                                                                        \
    _Generic((out), void *: (size_t)0,                                                             \
             default: sizeof *_Generic((out), void *: (char *)0, default: (out)))
#else
template <typename T> inline size_t weir_out_size_of(T *)
{
    return sizeof(T);
}
inline size_t weir_out_size_of(void *)
{
    return 0;
}
inline size_t weir_out_size_of(decltype(nullptr))
{
    return 0;
}
#define WEIR_OUT_SIZE_(out) weir_out_size_of(out)
#endif

#define weir_await(future, out, error)                                                             \
    weir_await_sized(future, out, WEIR_OUT_SIZE_(out), error, WEIR_SITE_)
#define weir_await_next(stream, out, error)                                                        \
    weir_await_next_sized(stream, out, WEIR_OUT_SIZE_(out), error, WEIR_SITE_)
#define weir_await_any(futures, n, out, error)                                                     \
    weir_await_any_sized(futures, n, out, WEIR_OUT_SIZE_(out), error, WEIR_SITE_)
#define weir_await_read(reader, out, size, n, error)                                               \
    weir_await_read_at(reader, out, size, n, error, WEIR_SITE_)
#define weir_await_fill(reader, min, error) weir_await_fill_at(reader, min, error, WEIR_SITE_)
#define weir_await_write(writer, bytes, n, error)                                                  \
    weir_await_write_at(writer, bytes, n, error, WEIR_SITE_)
#define weir_await_flush(writer, error) weir_await_flush_at(writer, error, WEIR_SITE_)
#define weir_await_close(writer, error) weir_await_close_at(writer, error, WEIR_SITE_)

#endif
