/* weir/codec_writer.h: a codec in front of a writer: what is written comes out below as other
 * bytes. The reader's side is in weir/codec.h. */
#ifndef WEIR_CODEC_WRITER_H
#define WEIR_CODEC_WRITER_H

#include "weir/codec.h"
#include "weir/writer.h"

WEIR_BEGIN_C

/* A writer that passes what the codec makes of its bytes on to the one below. options NULL: none.
 * Shape: what was made stands in a block of 256 KiB until the next write, flush or close. A flush
 * passes it on, and lets the block go; with flush_when_idle the codec is told to make all of it
 * readable before. Closing tells the codec that nothing more comes, passes its trailer on, and
 * closes the writer below: one that was only dropped has written a part.
 * Errors: those of the codec, with error.byte counted from the first byte that was written; CORRUPT
 * for bytes behind the end of a format that has one. What was made before an error is passed on.
 * Marks: what was written is as safe as the one below makes it. A compressor of `joins` (gzip,
 * zstd, lz4, xz, bzip2) ends its member, frame or stream at each settle, so that all that was
 * acknowledged can be decompressed whatever comes behind it; any other is told to make it readable,
 * with flush_when_idle, or promises nothing before it is closed. Owns: the one below. Source:
 * async-compression's write side, Go's gzip.Writer.
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_writer *hex = weir_codec_writer(weir_memory_writer(&out, 100), &weir_codec_hex, NULL);
 *     p(weir_copy(text("hi"), hex)); // -> 2
 *     p(as_text(out)); // -> 6869
 *     weir_vec_drop(&out);
 */
WEIR_MUST_FINISH
WEIR_NEW weir_writer *weir_codec_writer(weir_writer *below WEIR_TAKES,
                                        const weir_codec *codec WEIR_KEEPS,
                                        const weir_codec_options *options);

/* Compresses what is written; options NULL: the defaults. ARGUMENT for threads: they are the
 * reader's.
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_writer *w = weir_gzip_writer(weir_memory_writer(&out, 100), NULL);
 *     p(weir_copy(text("squeezed"), w)); // -> 8
 *     p(weir_gunzip(weir_memory_reader(out.items, out.n))); // -> squeezed
 *     weir_vec_drop(&out);
 */
WEIR_MUST_FINISH
WEIR_NEW weir_writer *weir_gzip_writer(weir_writer *below WEIR_TAKES,
                                       const weir_gzip_options *options);

/* Decompresses what is written: all members, as weir_gunzip(). TRUNCATED when it is closed inside
 * of one.
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_reader *packed = weir_gzip(text("squeezed"), 9);
 *     weir_writer *w = weir_gunzip_writer(weir_memory_writer(&out, 100));
 *     p(answer(weir_run(weir_copy(packed, w), NULL, NULL))); // -> READY
 *     p(as_text(out)); // -> squeezed
 *     weir_vec_drop(&out);
 */
WEIR_MUST_FINISH
WEIR_NEW weir_writer *weir_gunzip_writer(weir_writer *below WEIR_TAKES);

WEIR_END_C

#endif
