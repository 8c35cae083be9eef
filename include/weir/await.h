/* weir/await.h: waiting for one thing, in functions that wait (weir/loop.h says who).
 *
 * Errors, of each: ARGUMENT inside of a poll, where nothing can wait; CANCELLED in a fiber that was
 * dropped: clean up and return. ARGUMENT for NULL. error may be NULL where it is not wanted; what
 * is refused inside of a poll is told nevertheless, as a loop's is. */
#ifndef WEIR_AWAIT_H
#define WEIR_AWAIT_H

#include "weir/loop.h"
#include "weir/writer.h"

WEIR_BEGIN_C

/* Where an item goes. Of a variable its size, and of a number what descriptors call it: what
 * another type yields is refused. An array of char or unsigned char (&buffer) may be larger than
 * the item; a weir_type_unit is 0 in any variable. size 0: nobody knows, as behind a void pointer,
 * which is trusted. */
typedef struct weir_room {
    const char *name; /* NULL: no number's */
    size_t size;
} weir_room;

/* Waits for a future.
 * READY: *out holds its item. END: it ended without one. ERROR: *error holds why. out may be NULL:
 * the item is dropped. After READY and END error->code is WEIR_OK, or WEIR_E_STOPPED where a source
 * was cut.
 * Errors: TYPE as of weir_run(), which is this on a thread.
 *
 * Example:
 *     int64_t x;
 *     weir_error error;
 *     p(answer(weir_await(later(7, 5), &x, &error))); // -> READY
 *     p(x); // -> 7
 */
WEIR_AWAITS
WEIR_API weir_state weir_await_at(weir_stream *future WEIR_TAKES, void *out, weir_room room,
                                  weir_error *error, weir_site site);

/* Waits for the next item of a stream that stays the caller's:
 *
 *     while (weir_await_next(lines, &line, &error) == WEIR_READY) ...
 *
 * After an error that is not error.fatal the next call goes on behind it. An out of another type
 * and a stream that gives marks are fatal; the stream is as it was, and may be asked otherwise.
 *
 * Example:
 *     int64_t x;
 *     weir_error error;
 *     weir_stream *s = weir_range(5, 6);
 *     p(answer(weir_await_next(s, &x, &error))); // -> READY
 *     p(answer(weir_await_next(s, &x, &error))); // -> END
 *     weir_drop(s);
 */
WEIR_AWAITS
WEIR_API weir_state weir_await_next_at(weir_stream *stream, void *out, weir_room room,
                                       weir_error *error, weir_site site) WEIR_MUST_USE;

/* Waits until one of n futures is over, and answers which: of several the first in the order they
 * stand in. They are polled in that order, all stay the caller's, and none of the others loses
 * anything. error->code is WEIR_OK: *out holds its item; CLOSED: it ended without one; else it
 * failed. -1: it cannot wait, *error says why; none may be of another type than the first.
 *
 * Example:
 *     int64_t x;
 *     weir_error error;
 *     weir_stream *two[] = {later(1, 30), later(2, 10)};
 *     p(weir_await_any(two, 2, &x, &error)); // -> 1
 *     p(x); // -> 2
 *     weir_drop(two[0]);
 *     weir_drop(two[1]);
 */
WEIR_AWAITS
WEIR_API int weir_await_any_at(weir_stream *const *futures, size_t n, void *out, weir_room room,
                               weir_error *error, weir_site site) WEIR_MUST_USE;

/* Waits for bytes of a reader that stays the caller's. None of these needs an arena.
 * READY: *n (>= 1) bytes, at most size, stand at out. END: the input is over.
 *
 * Example:
 *     char bytes[4];
 *     size_t n;
 *     weir_error error;
 *     weir_reader *r = text("hello");
 *     p(answer(weir_await_read(r, bytes, sizeof bytes, &n, &error))); // -> READY
 *     p(n); // -> 4
 *     weir_drop(r);
 */
WEIR_AWAITS
WEIR_API weir_state weir_await_read_at(weir_reader *reader, void *out, size_t size, size_t *n,
                                       weir_error *error, weir_site site) WEIR_MUST_USE;

/* Waits until at least min bytes are in hand, for weir_peek() and weir_consume(): nothing is
 * copied. END: the input is over, what is in hand is all.
 *
 * Example:
 *     weir_error error;
 *     weir_reader *r = text("hello");
 *     p(answer(weir_await_fill(r, 5, &error))); // -> READY
 *     p(answer(weir_await_fill(r, 6, &error))); // -> END
 *     weir_drop(r);
 */
WEIR_AWAITS
WEIR_API weir_state weir_await_fill_at(weir_reader *reader, size_t min, weir_error *error,
                                       weir_site site) WEIR_MUST_USE;

/* Waits until all n bytes are taken by a writer that stays the caller's. READY, or ERROR.
 *
 * Example:
 *     weir_error error;
 *     weir_writer *w = weir_null_writer();
 *     p(answer(weir_await_write(w, "hello", 5, &error))); // -> READY
 *     weir_drop(w);
 */
WEIR_AWAITS
WEIR_API weir_state weir_await_write_at(weir_writer *writer, const void *bytes, size_t n,
                                        weir_error *error, weir_site site);

/* READY: everything taken has gone on.
 *
 * Example:
 *     weir_error error;
 *     weir_writer *w = weir_null_writer();
 *     p(answer(weir_await_flush(w, &error))); // -> READY
 *     weir_drop(w);
 */
WEIR_AWAITS
WEIR_API weir_state weir_await_flush_at(weir_writer *writer, weir_error *error,
                                        weir_site site) WEIR_MUST_USE;

/* END: it is closed, and what was written counts. The writer stays the caller's, to drop.
 *
 * Example:
 *     weir_error error;
 *     weir_writer *w = weir_null_writer();
 *     p(answer(weir_await_close(w, &error))); // -> END
 *     weir_drop(w);
 */
WEIR_AWAITS
WEIR_API weir_state weir_await_close_at(weir_writer *writer WEIR_FINISHES, weir_error *error,
                                        weir_site site) WEIR_MUST_USE;

WEIR_END_C

/* What *out is; a void pointer's is not known.
 *
 * Example:
 *     p(weir_room_of("int64_t", sizeof(int64_t)).size); // -> 8
 */
#ifndef __cplusplus
#define WEIR_BEHIND_(out) *_Generic((out), void * : (char *)0, default : (out))
#define WEIR_IS_A_(x, T) __builtin_types_compatible_p(__typeof__(x), T)
#define WEIR_ROOM_NAME_(x)                                                                         \
    _Generic((x), float                                                                            \
             : "float", double                                                                     \
             : "double", long double                                                               \
             : "long double", char                                                                 \
             : "char", char *                                                                      \
             : WEIR_IS_A_(x, char *) ? (const char *)0 : "char", unsigned char *                   \
             : WEIR_IS_A_(x, unsigned char *) ? (const char *)0 : "uint8_t", default               \
             : WEIR_NAME_(__typeof__(x), (const char *)0))
#define WEIR_ROOM_(out)                                                                            \
    weir_room_of(WEIR_ROOM_NAME_(WEIR_BEHIND_(out)),                                               \
                 _Generic((out), void * : (size_t)0, default : sizeof(WEIR_BEHIND_(out))))
static inline weir_room weir_room_of(const char *name, size_t size)
{
    weir_room room = {name, size};
    return room;
}
#else
template <typename T> inline weir_room weir_room_of(T *)
{
    return {weir_name_of(static_cast<T *>(nullptr), nullptr), sizeof(T)};
}
#define WEIR_BUFFER_(T, text)                                                                      \
    template <size_t n> inline weir_room weir_room_of(T(*)[n])                                     \
    {                                                                                              \
        return {text, n};                                                                          \
    }
WEIR_BUFFER_(char, "char")
WEIR_BUFFER_(unsigned char, "uint8_t")
#undef WEIR_BUFFER_
inline weir_room weir_room_of(void *)
{
    return {nullptr, 0};
}
inline weir_room weir_room_of(decltype(nullptr))
{
    return {nullptr, 0};
}
#define WEIR_ROOM_(out) weir_room_of(out)
#endif

#define weir_await(future, out, error)                                                             \
    weir_await_at(future, out, WEIR_ROOM_(out), error, WEIR_SITE_)
#define weir_await_next(stream, out, error)                                                        \
    weir_await_next_at(stream, out, WEIR_ROOM_(out), error, WEIR_SITE_)
#define weir_await_any(futures, n, out, error)                                                     \
    weir_await_any_at(futures, n, out, WEIR_ROOM_(out), error, WEIR_SITE_)
#define weir_await_read(reader, out, size, n, error)                                               \
    weir_await_read_at(reader, out, size, n, error, WEIR_SITE_)
#define weir_await_fill(reader, min, error) weir_await_fill_at(reader, min, error, WEIR_SITE_)
#define weir_await_write(writer, bytes, n, error)                                                  \
    weir_await_write_at(writer, bytes, n, error, WEIR_SITE_)
#define weir_await_flush(writer, error) weir_await_flush_at(writer, error, WEIR_SITE_)
#define weir_await_close(writer, error) weir_await_close_at(writer, error, WEIR_SITE_)

#endif
