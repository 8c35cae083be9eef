/* weir/read.h: everything that is read from a reader beyond poll_fill, peek and consume.
 *
 * Each operation is there twice. weir_poll_x() keeps what it needs in the caller's own variables:
 * who stops polling has lost nothing, and may go on later, or with another operation. weir_x() is a
 * future over it, for weir_run(), weir_await() and whatever takes a stream; it borrows the reader,
 * and dropping it loses nothing either: what was read stands where it was read to, what was not is
 * still the reader's. One operation at a time: two would take each other's bytes.
 *
 * Shape: a future yields how many bytes it read, as uint64_t, unless its text says otherwise.
 * A poll form answers READY when the operation is complete; n is what this poll moved (at most
 * UINT32_MAX), PENDING and ERROR as everywhere. It ends its turn (PENDING, woken at once) when the
 * budget is spent. Nothing is held besides the reader's own buffer.
 * Errors: those of the reader, which go to the caller as they are. A future's error is its end; the
 * reader may go on behind one that is not fatal. What came before an error was read.
 * Source: what Rust's AsyncReadExt, AsyncBufReadExt and Go's io and bufio have, under Rust's names.
 * There the bytes that a read_exact, a read_to_end or a read_line has when it is dropped are lost.
 *
 *     weir_poll_fill(), weir_peek(), weir_consume()      fill_buf, consume (weir/reader.h)
 *     weir_poll_read()                                   poll_read (weir/reader.h)
 */
#ifndef WEIR_READ_H
#define WEIR_READ_H

#include "weir/duplex.h"
#include "weir/reader.h"
#include "weir/type.h"

struct iovec;

WEIR_BEGIN_C

/* ---- into memory of the caller's ---- */

/* Memory that is filled from the front, of which nobody has to zero what will be overwritten:
 * filled <= init <= cap. [0, filled) was read; [filled, init) holds something that is of no use any
 * more; behind it stands what memory holds that was never written. Source: Rust's ReadBuf (RFC
 * 2930). */
typedef struct weir_read_buf {
    void *base;
    size_t filled;
    size_t init;
    size_t cap;
} weir_read_buf;

/* An empty one over `cap` bytes of which nothing is known.
 *
 * Example:
 *     char bytes[8];
 *     weir_read_buf buf = weir_read_buf_of(bytes, sizeof bytes);
 *     p(buf.filled); // -> 0
 *     p(buf.cap); // -> 8
 */
static inline weir_read_buf weir_read_buf_of(void *base WEIR_KEEPS, size_t cap)
{
    weir_read_buf buf = {base, 0, 0, cap};
    return buf;
}

/* Where the next bytes go, and how many have room there; then how many were put there.
 *
 * Example:
 *     char bytes[8];
 *     size_t n;
 *     weir_read_buf buf = weir_read_buf_of(bytes, sizeof bytes);
 *     weir_read_buf_rest(&buf, &n)[0] = 'x';
 *     p(n); // -> 8
 *     weir_read_buf_advance(&buf, 1);
 *     p(buf.filled); // -> 1
 */
static inline unsigned char *weir_read_buf_rest(const weir_read_buf *buf, size_t *n)
{
    *n = buf->cap - buf->filled;
    return (unsigned char *)buf->base + buf->filled;
}
static inline void weir_read_buf_advance(weir_read_buf *buf, size_t n)
{
    buf->filled += n;
    buf->init = buf->init > buf->filled ? buf->init : buf->filled;
}

/* To be filled again from the front: what was written stays known as such.
 *
 * Example:
 *     char bytes[8];
 *     weir_read_buf buf = weir_read_buf_of(bytes, sizeof bytes);
 *     weir_read_buf_advance(&buf, 3);
 *     weir_read_buf_clear(&buf);
 *     p(buf.filled); // -> 0
 *     p(buf.init); // -> 3
 */
static inline void weir_read_buf_clear(weir_read_buf *buf)
{
    buf->filled = 0;
}

/* Zeroes what was never written, so that all of it may be handed to code that wants that.
 *
 * Example:
 *     char bytes[8];
 *     weir_read_buf buf = weir_read_buf_of(bytes, sizeof bytes);
 *     weir_read_buf_init(&buf);
 *     p(buf.init); // -> 8
 */
WEIR_API void weir_read_buf_init(weir_read_buf *buf);

/* A read of so many bytes or more, with nothing in hand, goes straight into the caller's memory
 * where the reader can do that (a socket); a smaller one copies out of a block. */
enum { WEIR_READ_STRAIGHT_BYTES = 16 << 10 };

/* Reads into the rest of buf: what is in hand, else what one fill, or one read of the system,
 * brings. END: the input is over; a buf without room: READY, and the reader is not asked.
 * The future yields 0 at the end. Errors: ARGUMENT, of a buf whose numbers are not in order.
 *
 * Example:
 *     char bytes[8];
 *     weir_read_buf buf = weir_read_buf_of(bytes, sizeof bytes);
 *     weir_reader *r = text("hello");
 *     p(weir_read(r, &buf)); // -> 5
 *     p(weir_read(r, &buf)); // -> 0
 *     weir_drop(r);
 */
WEIR_API weir_poll weir_poll_read_buf(weir_reader *reader, weir_cx *cx,
                                      weir_read_buf *buf) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_read(weir_reader *reader WEIR_KEEPS, weir_read_buf *buf WEIR_KEEPS);

/* Reads until buf is full. Errors: TRUNCATED when the input ends before that, which says how many
 * of how many bytes came; they stand in buf. Source: read_exact, read_buf_exact.
 *
 * Example:
 *     char bytes[4];
 *     weir_read_buf buf = weir_read_buf_of(bytes, sizeof bytes);
 *     weir_reader *r = text("hello");
 *     p(weir_read_exact(r, &buf)); // -> 4
 *     weir_read_buf_clear(&buf);
 *     p(weir_read_exact(r, &buf)); // -> !TRUNCATED
 *     p(buf.filled); // -> 1
 *     weir_drop(r);
 */
WEIR_API weir_poll weir_poll_read_exact(weir_reader *reader, weir_cx *cx,
                                        weir_read_buf *buf) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_read_exact(weir_reader *reader WEIR_KEEPS,
                                      weir_read_buf *buf WEIR_KEEPS);

/* Reads into several pieces, each full before the next one gets anything: what is in hand, else
 * what one fill brings. END as above, READY with 0 where no piece has room.
 * Where weir_is_vectored() says false, a read of the system fills the first piece that has room
 * alone (if that is a large one), so that there is no use in having several.
 *
 * Example:
 *     char a[2], b[8];
 *     struct iovec pieces[] = {{a, 2}, {b, 8}};
 *     weir_reader *r = text("hello");
 *     p(weir_readv(r, pieces, 2)); // -> 5
 *     p(yes(b[0] == 'l')); // -> yes
 *     weir_drop(r);
 */
WEIR_API weir_poll weir_poll_readv(weir_reader *reader, weir_cx *cx, const struct iovec *pieces,
                                   size_t n) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_readv(weir_reader *reader WEIR_KEEPS,
                                 const struct iovec *pieces WEIR_KEEPS, size_t n);
WEIR_API bool weir_is_vectored(const weir_reader *reader);

/* ---- into a vec that grows ----
 *
 * The vec is the caller's: all zero, or of bytes (which stay in front). It is the state of the
 * operation: bytes_max counts all of it, and what is read stands in it at once, also when an error
 * comes. Errors: LIMIT when bytes_max bytes stand in it and there is more, which stays in the
 * reader; TYPE: a vec of something else. */

/* All bytes up to the end.
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_reader *r = text("hello");
 *     p(weir_read_to_end(r, &out, 100)); // -> 5
 *     p(as_text(out)); // -> hello
 *     weir_vec_drop(&out);
 *     weir_drop(r);
 */
WEIR_API weir_poll weir_poll_read_to_end(weir_reader *reader, weir_cx *cx, weir_vec *out,
                                         size_t bytes_max WEIR_UNBOUNDED) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_read_to_end(weir_reader *reader WEIR_KEEPS, weir_vec *out WEIR_KEEPS,
                                       size_t bytes_max WEIR_UNBOUNDED);

/* All bytes up to the end, as text: they are UTF-8, and a NUL, which does not count, stands behind
 * them. `begin` is what the vec held before the operation began: that is not looked at, and is what
 * is left when the text is no UTF-8 (CORRUPT, with the byte).
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_reader *r = text("hello");
 *     p(weir_read_to_string(r, &out, 100)); // -> 5
 *     p((char *)out.items); // -> hello
 *     weir_vec_drop(&out);
 *     weir_drop(r);
 */
WEIR_API weir_poll weir_poll_read_to_string(weir_reader *reader, weir_cx *cx, weir_vec *out,
                                            size_t begin,
                                            size_t bytes_max WEIR_UNBOUNDED) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_read_to_string(weir_reader *reader WEIR_KEEPS, weir_vec *out WEIR_KEEPS,
                                          size_t bytes_max WEIR_UNBOUNDED);

/* The bytes up to the next delimiter, and the delimiter; without one: up to the end. READY with
 * nothing appended (a future of 0): the input is over.
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_reader *r = text("key=value");
 *     p(weir_read_until(r, '=', &out, 100)); // -> 4
 *     p(as_text(out)); // -> key=
 *     p(r); // -> value
 *     weir_vec_drop(&out);
 */
WEIR_API weir_poll weir_poll_read_until(weir_reader *reader, weir_cx *cx, unsigned char delimiter,
                                        weir_vec *out,
                                        size_t bytes_max WEIR_UNBOUNDED) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_read_until(weir_reader *reader WEIR_KEEPS, unsigned char delimiter,
                                      weir_vec *out WEIR_KEEPS, size_t bytes_max WEIR_UNBOUNDED);

/* A line of text with its newline: as read_until, and what it appends is UTF-8 with a NUL behind
 * it, or is taken away again (CORRUPT), as in read_to_string. Lines by the stream: weir_lines().
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_reader *r = text("one\ntwo\n");
 *     p(weir_read_line(r, &out, 100)); // -> 4
 *     p(weir_read_line(r, &out, 100)); // -> 4
 *     p(weir_read_line(r, &out, 100)); // -> 0
 *     weir_vec_drop(&out);
 *     weir_drop(r);
 */
WEIR_API weir_poll weir_poll_read_line(weir_reader *reader, weir_cx *cx, weir_vec *out,
                                       size_t begin, size_t bytes_max WEIR_UNBOUNDED) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_read_line(weir_reader *reader WEIR_KEEPS, weir_vec *out WEIR_KEEPS,
                                     size_t bytes_max WEIR_UNBOUNDED);

/* ---- to nowhere ---- */

/* Leaves out the next *left bytes, which it counts down. END: the input was over before. The future
 * yields how many there were. Source: Go's bufio Discard.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(weir_discard(r, 3)); // -> 3
 *     p(r); // -> lo
 */
WEIR_API weir_poll weir_poll_discard(weir_reader *reader, weir_cx *cx,
                                     uint64_t *left) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_discard(weir_reader *reader WEIR_KEEPS, uint64_t n);

/* ---- as a block ---- */

/* Swaps blocks: gives the caller's (NULL: none) back and puts a block with the reader's next bytes
 * in its place, held once; they stand at *bytes, and are consumed. A reader whose bytes stand in a
 * block that may be kept hands that over, without a copy; of another one's they are copied. END:
 * the input is over; *block is NULL then. n: how many bytes. As items: weir_reader_chunks().
 * Source: poll_read_vec, where a whole buffer goes back and forth.
 *
 * Example:
 *     weir_block *block = NULL;
 *     const unsigned char *bytes;
 *     weir_reader *r = text("hello");
 *     p(weir_poll_read_swap(r, cx(), &block, &bytes)); // -> READY 5
 *     p(yes(*bytes == 'h')); // -> yes
 *     p(weir_poll_read_swap(r, cx(), &block, &bytes)); // -> END
 *     weir_drop(r);
 */
WEIR_API weir_poll weir_poll_read_swap(weir_reader *reader, weir_cx *cx, weir_block **block,
                                       const unsigned char **bytes) WEIR_MUST_USE;

/* ---- elsewhere ---- */

/* Goes on at another place of a file (weir_file_reader), of memory (weir_memory_reader,
 * weir_cursor) or of a section of these: `offset` bytes from the start, from where the reader
 * stands, or from the end. READY: it stands there; a place behind the end is one, and has no bytes.
 * What is in hand is kept where the new place is among it (seek_relative), and dropped else. Behind
 * END, or an error, it goes on. The future yields where it stands then, from the start. Errors:
 * ARGUMENT, not fatal: a place before the start (it stands where it stood), or a reader that
 * cannot; those of the system. Where a stage stands over the reader, that must be dropped first.
 * Source: seek, seek_relative, stream_position.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(weir_discard(r, 2)); // -> 2
 *     p(weir_stream_position(r)); // -> 2
 *     p(weir_seek(r, WEIR_SEEK_END, -2)); // -> 3
 *     p(r); // -> lo
 */
WEIR_API weir_poll weir_poll_seek(weir_reader *reader, weir_cx *cx, weir_whence whence,
                                  int64_t offset) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_seek(weir_reader *reader WEIR_KEEPS, weir_whence whence, int64_t offset);
static inline uint64_t weir_stream_position(const weir_reader *reader)
{
    return reader->offset;
}

/* ---- numbers ----
 *
 *     weir_poll weir_poll_read_u32_be(weir_reader *reader, weir_cx *cx, uint32_t *out);
 *     weir_stream *weir_read_u32_be(weir_reader *reader);      a future of uint32_t
 *
 * and so for u8 i8 u16 i16 u32 i32 u64 i64 f32 f64, and u128 i128 where the compiler has them; _be:
 * the highest byte first, _le: the lowest. Nothing is taken before the number is whole.
 * Errors: TRUNCATED when the input ends before that: so many of so many bytes. */
#define WEIR_READ_NUMBERS_(X)                                                                      \
    X(u8, uint8_t)                                                                                 \
    X(i8, int8_t)                                                                                  \
    X(u16, uint16_t)                                                                               \
    X(i16, int16_t)                                                                                \
    X(u32, uint32_t)                                                                               \
    X(i32, int32_t)                                                                                \
    X(u64, uint64_t)                                                                               \
    X(i64, int64_t)                                                                                \
    X(f32, float)                                                                                  \
    X(f64, double)                                                                                 \
    WEIR_READ_WIDE_(X)
#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 weir_u128;
__extension__ typedef __int128 weir_i128;
#define WEIR_READ_WIDE_(X) X(u128, weir_u128) X(i128, weir_i128)
#else
#define WEIR_READ_WIDE_(X)
#endif

typedef enum weir_number {
#define WEIR_NUMBER_(name_, T_) WEIR_NUMBER_##name_,
    WEIR_READ_NUMBERS_(WEIR_NUMBER_)
#undef WEIR_NUMBER_
} weir_number;

/* What the functions above are made of.
 *
 * Example:
 *     weir_reader *r = text("\x01\x02\x03\x04");
 *     p(weir_read_u16_be(r)); // -> 258
 *     p(weir_read_u16_le(r)); // -> 1027
 *     p(weir_read_u16_be(r)); // -> !TRUNCATED
 *     weir_drop(r);
 */
WEIR_API weir_poll weir_poll_read_number(weir_reader *reader, weir_cx *cx, weir_number kind,
                                         bool big_endian, void *out) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_read_number(weir_reader *reader WEIR_KEEPS, weir_number kind,
                                       bool big_endian);

#define WEIR_READ_NUMBER_(name_, T_, order_, big_endian_)                                          \
    static inline WEIR_MUST_USE weir_poll weir_poll_read_##name_##_##order_(weir_reader *reader,   \
                                                                            weir_cx *cx, T_ *out)  \
    {                                                                                              \
        return weir_poll_read_number(reader, cx, WEIR_NUMBER_##name_, big_endian_, out);           \
    }                                                                                              \
    static inline WEIR_MUST_USE weir_stream *weir_read_##name_##_##order_(                         \
        weir_reader *reader WEIR_KEEPS)                                                            \
    {                                                                                              \
        return weir_read_number(reader, WEIR_NUMBER_##name_, big_endian_);                         \
    }
#define WEIR_READ_BOTH_(name_, T_)                                                                 \
    WEIR_READ_NUMBER_(name_, T_, be, true)                                                         \
    WEIR_READ_NUMBER_(name_, T_, le, false)
WEIR_READ_NUMBERS_(WEIR_READ_BOTH_)

/* ---- readers over readers ----
 *
 * They pass the bytes on as they stand, in the same block, and hold none. Errors: those of the
 * source, at the source's place. Owns: the source, unless it is said to stay the caller's. */

/* The first n bytes; then END, without asking the source again. Over reader_by_ref the source
 * stands behind them afterwards. Source: take, Go's LimitReader.
 *
 * Example:
 *     p(weir_take_reader(text("hello"), 4)); // -> hell
 */
WEIR_NEW weir_reader *weir_take_reader(weir_reader *source WEIR_TAKES, uint64_t n);

/* All bytes, if there are no more than bytes_max; where there are: those, then LIMIT, fatal.
 * Against a body that is larger than was agreed. Source: Go's MaxBytesReader.
 *
 * Example:
 *     p(weir_limit_reader(text("hello"), 5)); // -> hello
 *     p(weir_limit_reader(text("hello"), 4)); // -> hell !LIMIT
 */
WEIR_NEW weir_reader *weir_limit_reader(weir_reader *source WEIR_TAKES, uint64_t bytes_max);

/* A reader that stays the caller's, who may put stages over this one, drop them and go on reading
 * where they stopped. Meanwhile it must not be read, nor dropped.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(weir_take_reader(weir_reader_by_ref(r), 2)); // -> he
 *     p(r); // -> llo
 */
WEIR_NEW weir_reader *weir_reader_by_ref(weir_reader *lender WEIR_KEEPS);

/* Writes to a writer what passes, before it passes: a slow writer slows the reader down. The writer
 * is flushed when the source stalls, closed at the end, and given up where the reader is dropped
 * before. Errors: those of the writer too, and what it has not taken does not pass.
 * Owns: both. Source: Go's TeeReader.
 *
 * Example:
 *     weir_vec copy = {0};
 *     p(weir_tee_reader(text("hello"), weir_memory_writer(&copy, 100))); // -> hello
 *     p(as_text(copy)); // -> hello
 *     weir_vec_drop(&copy);
 */
WEIR_NEW weir_reader *weir_tee_reader(weir_reader *source WEIR_TAKES,
                                      weir_writer *writer WEIR_TAKES);

/* Looks at n > 0 bytes that pass; during the call only. */
typedef void weir_see_bytes(void *arg, const void *bytes, size_t n);

/* Has `see` look at each byte once, as soon as it stands in hand: progress, counters, checksums.
 * The kernel moves nothing past it. Source: tokio-util InspectReader.
 *
 * Example:
 *     size_t n = 0;
 *     p(weir_inspect_reader(text("hello"), count_bytes, &n)); // -> hello
 *     p(n); // -> 5
 */
WEIR_NEW weir_reader *weir_inspect_reader(weir_reader *source WEIR_TAKES, weir_see_bytes *see,
                                          void *arg WEIR_KEEPS);

/* All bytes of each of n readers: weir_chain_reader() of many. Owns: the readers; the array is only
 * looked at. Source: Go's MultiReader.
 *
 * Example:
 *     p(weir_multi_reader((weir_reader *[]){text("a"), text("b"), text("c")}, 3)); // -> abc
 */
WEIR_NEW weir_reader *weir_multi_reader(weir_reader *const *readers WEIR_TAKES, size_t n);

/* The n bytes of a reader that can seek which begin at `from`, as if there were no others: it
 * counts, and seeks, from there, and has a place of its own, so that several may read one file at
 * once, each over a weir_file_reader() of that path. Source: Go's SectionReader, pread.
 *
 * Example:
 *     p(weir_section_reader(text("hello world"), 6, 3)); // -> wor
 */
WEIR_NEW weir_reader *weir_section_reader(weir_reader *source WEIR_TAKES, uint64_t from,
                                          uint64_t n);

/* ---- memory that is read and written ---- */

/* A vec of bytes of the caller's, read and written at one place, which both move on and
 * weir_poll_seek() of the reader sets. A write behind the end fills what is between with zeros; it
 * grows the vec up to bytes_max (bytes->n: not at all). What the reader lent is the vec's own
 * memory: it stands still until the next poll of either half. Shape: bytes in, bytes out; nothing
 * is held. Errors: LIMIT, a write where bytes_max bytes stand in front; MEMORY. Owns: nothing; the
 * vec is the caller's again when both halves are dropped. Source: Cursor.
 *
 * Example:
 *     weir_vec bytes = {0};
 *     weir_duplex cursor = weir_cursor(&bytes, 100);
 *     p(weir_write_all(cursor.writer, "hello", 5, NULL)); // -> 5
 *     p(weir_seek(cursor.reader, WEIR_SEEK_START, 1)); // -> 1
 *     weir_drop(cursor.writer);
 *     p(cursor.reader); // -> ello
 *     weir_vec_drop(&bytes);
 */
WEIR_API weir_duplex weir_cursor(weir_vec *bytes WEIR_KEEPS, size_t bytes_max) WEIR_MUST_USE;

/* A byte vector that is a reader and a writer: a write appends, a read takes from the front, and
 * waits where there is nothing. For what is gathered before it is read, or in between; it grows up
 * to bytes_max bytes that were not asked for yet (at most WEIR_MIN_MAX), and gives its memory back
 * as it is read. (weir_byte_pipe() makes the writer wait instead.) END: the writer was closed.
 * Shape: bytes in, the same bytes out, lent by the block. Errors: LIMIT, a write to a full one; to
 * the reader CLOSED, after all bytes, where the writer was dropped without being closed. Owns: its
 * memory, which goes with the second half. Both halves belong to one worker. Source: Vec<u8>,
 * BytesMut, Go's bytes.Buffer.
 *
 * Example:
 *     weir_duplex buf = weir_buf(100);
 *     p(weir_write_all(buf.writer, "hello", 5, NULL)); // -> 5
 *     p(weir_close(buf.writer)); // -> done
 *     weir_drop(buf.writer);
 *     p(buf.reader); // -> hello
 */
WEIR_API weir_duplex weir_buf(size_t bytes_max) WEIR_MUST_USE;

/* ---- readers that read from nowhere ---- */

/* END at once.
 *
 * Example:
 *     p(weir_empty_reader()); // ->
 */
static inline weir_reader *weir_empty_reader(void)
{
    return weir_memory_reader(NULL, 0);
}

/* One byte for ever. Shape: a page at a time.
 *
 * Example:
 *     p(weir_take_reader(weir_repeat_reader('x'), 5)); // -> xxxxx
 */
WEIR_NEW weir_reader *weir_repeat_reader(unsigned char byte);

/* The n bytes of a block that begin behind `offset`: a view of it, whose bytes may be passed on by
 * reference. Errors: ARGUMENT, a range that is not all in the block. Owns: one hold of the block.
 * Source: futures Window.
 *
 * Example:
 *     weir_block *block = weir_block_new(0, 8);
 *     memcpy(block->data, "hello", 5);
 *     p(weir_block_reader(block, 1, 3)); // -> ell
 */
WEIR_NEW weir_reader *weir_block_reader(weir_block *block WEIR_TAKES, size_t offset, size_t n);

/* ---- readers as streams, and back ---- */

/* Its bytes, as uint8_t. Shape: as many as are in hand.
 *
 * Example:
 *     p(weir_bytes(text("ab"))); // -> 97 98
 */
WEIR_ITEM(uint8_t)
WEIR_NEW weir_stream *weir_bytes(weir_reader *source WEIR_TAKES);

/* What stands between delimiters, without them, as lent weir_line: valid until the next poll. No
 * empty piece behind the last delimiter. Shape: one a poll; up to bytes_max bytes and a delimiter
 * stand in the reader's buffer. Errors: LIMIT, fatal: a longer piece. Source: async-std split, Go's
 * Scanner. Of lines: weir_lines().
 *
 * Example:
 *     p(weir_split(text("a:b::c"), ':', 100)); // -> a b '' c
 */
WEIR_ITEM(weir_line)
WEIR_LENDS
WEIR_NEW weir_stream *weir_split(weir_reader *source WEIR_TAKES, unsigned char delimiter,
                                 size_t bytes_max);

/* Bytes in a block that is held once for them: an item that may be kept, copied (cloned) and
 * written (weir_poll_give) without copying a byte. Of one worker, as its block. Begins as a
 * weir_line does. Source: Rust's Bytes.
 *
 * Example:
 *     weir_piece piece;
 *     weir_error error;
 *     weir_stream *s = weir_reader_chunks(text("hello"));
 *     p(answer(weir_await_next(s, &piece, &error))); // -> READY
 *     p((weir_line){piece.data, piece.size}); // -> hello
 *     weir_piece_drop(&piece);
 *     weir_drop(s);
 */
typedef struct weir_piece {
    const char *data;
    size_t size;
    weir_block *block;
} weir_piece;
WEIR_API extern const weir_type weir_type_piece;
WEIR_API void weir_piece_drop(weir_piece *piece);

/* Its bytes as weir_piece, as they come: never an empty one. Shape: one a poll; the reader's own
 * blocks where they may be kept, else copies. How much is held is up to who holds the items: a
 * weir_buffer() or a channel behind it counts pieces, of up to WEIR_BLOCK_BYTES each.
 * Source: tokio-util ReaderStream; futures' into_stream of bytes.
 *
 * Example:
 *     p(weir_count(weir_reader_chunks(text("hello")))); // -> 1
 */
WEIR_ITEM(weir_piece)
WEIR_NEW weir_stream *weir_reader_chunks(weir_reader *source WEIR_TAKES);

/* The way back: the bytes of a stream of weir_piece, one after the other; empty ones are left out.
 * Shape: lends the pieces' own bytes, by their blocks; those of two are joined (copied) only where
 * somebody asks for more at once than one has, up to WEIR_BLOCK_BYTES. Errors: TYPE, of other
 * items: lines go through weir_into_reader(). Owns: drops each piece when it asks for the next one.
 * Source: futures into_async_read, tokio-util StreamReader.
 *
 * Example:
 *     p(weir_chunks_reader(weir_reader_chunks(text("hello")))); // -> hello
 */
WEIR_NEW weir_reader *weir_chunks_reader(weir_stream *source WEIR_TAKES);

WEIR_END_C

#endif
