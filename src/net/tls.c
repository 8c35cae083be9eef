/* The two halves of a TLS connection: a reader and a writer over one object. */

#ifdef WEIR_HAVE_OPENSSL
#include "net/tls.h"

#include <openssl/err.h>
#include <string.h>

#include "core/stage.h"
#include "weir/alloc.h"

enum { TLS_BLOCK_BYTES = 16 << 10, TLS_BULK_BYTES = 64 << 10, TLS_HOST_BYTES_MAX = 255 };

struct tls_reader {
    weir_reader reader;
    struct weir_tls *tls;
    bool bulk; /* the last block was filled */
};

struct tls_writer {
    weir_writer writer;
    struct weir_tls *tls;
};

static struct weir_tls *tls_of_reader(const weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct tls_reader, reader)->tls;
}

static struct weir_tls *tls_of_writer(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct tls_writer, writer)->tls;
}

/* ---- what both do ---- */

static weir_poll tls_told(struct weir_tls *self, weir_cx *cx)
{
    const weir_error *failure = self->context->failed ? &self->context->error : self->failure;
    return weir_tls_repeat(failure, cx, "the TLS connection failed before");
}

/* What OpenSSL says to the other side about a failure goes out if it can, and is not waited for. */
static weir_poll last_words(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half)
{
    if (self->failure && self->transport.writer && !self->deaf && !self->closed) {
        weir_tls_flush(self, cx, half);
        cx->error = *self->failure;
    }
    weir_tls_leave(self);
    return (weir_poll){0, WEIR_ERROR};
}

/* READY: the same step again. */
static weir_poll provide(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half,
                         weir_tls_step step)
{
    weir_poll got = {0, WEIR_ERROR};
    if (step == WEIR_TLS_WANTS_READ)
        got = weir_tls_fill(self, cx, half);
    else if (step == WEIR_TLS_WANTS_ROOM)
        got = weir_tls_push(self, cx, half);
    return got.state == WEIR_ERROR && self->failed ? last_words(self, cx, half) : got;
}

static void shaken(struct weir_tls *self)
{
    self->shaken = true;
    weir_tls_tell(self);
}

/* READY: the handshake is done. */
static weir_poll shake(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half)
{
    if (WEIR_LIKELY(self->shaken && !self->failed))
        return (weir_poll){0, WEIR_READY};
    if (self->failed || self->context->failed)
        return tls_told(self, cx);
    for (bool begun = false; !self->shaken; begun = true) {
        if (begun && !cx->budget)
            return weir_wait_turn(cx);
        weir_tls_step step = weir_tls_shake_step(self, cx);
        if (step == WEIR_TLS_DONE) {
            shaken(self);
            break;
        }
        weir_poll got = provide(self, cx, half, step);
        if (got.state != WEIR_READY)
            return got;
    }
    weir_tls_leave(self);
    return (weir_poll){0, WEIR_READY};
}

/* ---- the reader ---- */

static size_t tls_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

static void tls_give_block_back(weir_reader *reader)
{
    weir_block_unref(reader->block);
}

static bool tls_new_block(struct tls_reader *self, size_t size)
{
    weir_reader *reader = &self->reader;
    size_t n = tls_in_hand(reader);
    weir_block *block = weir_block_new(0, size);
    if (!block)
        return false;
    if (n)
        memcpy(block->data, reader->base + reader->begin, n);
    reader->end = reader->begin; /* they stand there now */
    weir_reader_release(reader);
    reader->block = block;
    reader->base = block->data;
    reader->end = n;
    reader->room = block->size;
    reader->give_back = tls_give_block_back;
    return true;
}

/* Room behind what is in hand, where nothing that was handed out stands. */
static bool tls_make_room(struct tls_reader *self, size_t min)
{
    weir_reader *reader = &self->reader;
    size_t n = tls_in_hand(reader);
    if (reader->block && !n && weir_block_is_unshared(reader->block))
        reader->begin = reader->end = 0;
    size_t lacks = min > n ? min - n : 1;
    if (reader->block && reader->room - reader->end >= lacks)
        return true;
    size_t more = self->bulk ? TLS_BULK_BYTES : TLS_BLOCK_BYTES;
    return tls_new_block(self, n + (lacks > more ? lacks : more));
}

static weir_poll tls_no_room(const weir_reader *reader, weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_MEMORY, "no memory to read (%zu bytes)",
                     tls_in_hand(reader) + (size_t)TLS_BLOCK_BYTES);
}

/* All that is there without waiting, as far as there is room. */
static weir_tls_step tls_read_some(struct tls_reader *self, weir_cx *cx)
{
    weir_reader *reader = &self->reader;
    weir_tls_step step = WEIR_TLS_DONE;
    size_t n;
    while (reader->end < reader->room && step == WEIR_TLS_DONE) {
        step = weir_tls_read_step(self->tls, cx, reader->base + reader->end,
                                  reader->room - reader->end, &n);
        if (step == WEIR_TLS_DONE)
            reader->end += n;
    }
    self->bulk = reader->end == reader->room;
    return step;
}

static weir_poll tls_read_more(struct tls_reader *self, weir_cx *cx, size_t min)
{
    weir_reader *reader = &self->reader;
    for (bool begun = false;; begun = true) {
        if (begun && !weir_spend(cx))
            return weir_wait_turn(cx);
        if (!tls_make_room(self, min))
            return tls_no_room(reader, cx);
        size_t before = reader->end;
        weir_tls_step step = tls_read_some(self, cx);
        if (step == WEIR_TLS_OVER)
            return (weir_poll){0, WEIR_END};
        if (reader->end > before) /* a failure stays */
            return (weir_poll){0, WEIR_READY};
        weir_poll got = provide(self->tls, cx, WEIR_TLS_READER, step);
        if (got.state != WEIR_READY)
            return got;
    }
}

static weir_poll tls_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct weir_tls *tls = tls_of_reader(reader);
    weir_poll got = shake(tls, cx, WEIR_TLS_READER);
    if (got.state == WEIR_READY && tls->over)
        got.state = WEIR_END;
    if (got.state == WEIR_READY)
        got = tls_read_more(WEIR_CONTAINER(reader, struct tls_reader, reader), cx, min);
    if (got.state == WEIR_PENDING)
        weir_tls_leave(tls);
    if (got.state != WEIR_READY && !tls_in_hand(reader))
        weir_reader_release(reader);
    return got;
}

/* What came stays in hand for the fill. */
static weir_poll tls_poll_ready(weir_reader *reader, weir_cx *cx)
{
    weir_poll got = tls_poll_fill(reader, cx, 1);
    return got.state == WEIR_PENDING ? got : (weir_poll){0, WEIR_READY};
}

static weir_poll tls_poll_hup(weir_reader *reader, weir_cx *cx)
{
    return weir_tls_hup(tls_of_reader(reader), cx, WEIR_TLS_READER);
}

static void tls_leave(struct weir_tls *self, enum weir_tls_half half)
{
    self->gone[half] = true;
    weir_waker_cell_clear(&self->in.halves[half]);
    weir_waker_cell_clear(&self->room.halves[half]);
    weir_tls_leave(self);
}

static void tls_reader_fini(weir_reader *reader)
{
    tls_leave(tls_of_reader(reader), WEIR_TLS_READER);
}

static const char *tls_place(const weir_reader *reader, uint64_t *byte)
{
    struct weir_tls *self = tls_of_reader(reader);
    weir_reader *below = self->transport.reader;
    (void)byte;
    if (below && below->ops->place)
        return below->ops->place(below, NULL);
    return *self->host ? self->host : NULL;
}

static weir_stage *tls_reader_input(const weir_reader *reader, size_t i)
{
    weir_reader *below = tls_of_reader(reader)->transport.reader;
    return i || !below ? NULL : &below->stage;
}

/* The object, and where a block has to grow both; what others hold is theirs. */
static size_t tls_reader_memory_max(const weir_reader *reader)
{
    size_t block = sizeof(weir_block) + reader->reserve + TLS_BULK_BYTES + WEIR_PADDING_BYTES;
    return tls_of_reader(reader)->bytes + 2 * sizeof(weir_error) + 2 * block + WEIR_TLS_BYTES;
}

static const void *tls_reader_half_of(const weir_reader *reader)
{
    return tls_of_reader(reader);
}

static const weir_reader_ops tls_reader_ops = {.size = sizeof tls_reader_ops,
                                               .name = "tls",
                                               .poll_fill = tls_poll_fill,
                                               .fini = tls_reader_fini,
                                               .place = tls_place,
                                               .input = tls_reader_input,
                                               .memory_max = tls_reader_memory_max,
                                               .poll_ready = tls_poll_ready,
                                               .poll_hup = tls_poll_hup,
                                               .half_of = tls_reader_half_of};

/* ---- the writer ---- */

/* READY: nothing is left of what was written before. */
static weir_poll tls_ready_to_write(struct weir_tls *self, weir_cx *cx)
{
    weir_poll got = shake(self, cx, WEIR_TLS_WRITER);
    return got.state == WEIR_READY ? weir_tls_push(self, cx, WEIR_TLS_WRITER) : got;
}

static size_t tls_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* So many bytes as one block has room for, so that nothing that was taken is in OpenSSL alone. */
static bool tls_make_out(struct weir_tls *self, size_t n)
{
    size_t records = (n + WEIR_TLS_RECORD_BYTES - 1) / WEIR_TLS_RECORD_BYTES;
    self->out = weir_block_new(0, n + (records + 1) * WEIR_TLS_EXTRA_BYTES);
    self->out_begin = self->out_end = 0;
    return self->out;
}

static weir_poll tls_take(struct weir_tls *self, weir_cx *cx, const unsigned char *bytes, size_t n)
{
    size_t taken = 0, more;
    if (!tls_make_out(self, n))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory to write (%zu bytes)", n);
    for (; taken < n; taken += more) {
        weir_tls_step step = weir_tls_write_step(self, cx, bytes + taken, n - taken, &more);
        if (step == WEIR_TLS_DONE)
            continue;
        if (taken)
            break;
        return provide(self, cx, WEIR_TLS_WRITER, step);
    }
    return (weir_poll){(uint32_t)taken, WEIR_READY};
}

static weir_poll tls_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct weir_tls *self = tls_of_writer(writer);
    for (bool begun = false;; begun = true) {
        if (begun && !weir_spend(cx))
            return weir_wait_turn(cx);
        weir_poll got = tls_ready_to_write(self, cx);
        if (got.state != WEIR_READY)
            return got;
        got = tls_take(self, cx, bytes, tls_least(n, TLS_BULK_BYTES));
        if (got.state == WEIR_READY && got.n)
            weir_tls_push(self, cx, WEIR_TLS_WRITER); /* an error is told by the next call */
        if (got.state != WEIR_READY || got.n)
            return got;
    }
}

static weir_poll tls_poll_flush(weir_writer *writer, weir_cx *cx)
{
    struct weir_tls *self = tls_of_writer(writer);
    weir_poll got = shake(self, cx, WEIR_TLS_WRITER);
    return got.state == WEIR_READY ? weir_tls_flush(self, cx, WEIR_TLS_WRITER) : got;
}

static weir_poll tls_poll_open(weir_writer *writer, weir_cx *cx)
{
    return tls_poll_flush(writer, cx);
}

static weir_poll tls_poll_room(weir_writer *writer, weir_cx *cx)
{
    struct weir_tls *self = tls_of_writer(writer);
    weir_poll got = tls_ready_to_write(self, cx);
    if (got.state == WEIR_READY)
        got = weir_tls_room(self, cx, WEIR_TLS_WRITER);
    return got.state == WEIR_PENDING ? got : (weir_poll){0, WEIR_READY};
}

static weir_poll tls_poll_close(weir_writer *writer, weir_cx *cx)
{
    struct weir_tls *self = tls_of_writer(writer);
    weir_poll got = tls_ready_to_write(self, cx);
    while (got.state == WEIR_READY && !self->shut) {
        weir_tls_step step = weir_tls_shut_step(self, cx);
        if (step != WEIR_TLS_DONE)
            got = provide(self, cx, WEIR_TLS_WRITER, step);
    }
    if (got.state != WEIR_READY)
        return got;
    return weir_tls_close(self, cx, WEIR_TLS_WRITER);
}

static void tls_writer_fini(weir_writer *writer)
{
    tls_leave(tls_of_writer(writer), WEIR_TLS_WRITER);
}

static weir_stage *tls_writer_input(const weir_writer *writer, size_t i)
{
    weir_writer *below = tls_of_writer(writer)->transport.writer;
    return i || !below ? NULL : &below->stage;
}

/* The rest is the reader's to tell. */
static size_t tls_writer_memory_max(const weir_writer *writer)
{
    size_t records = TLS_BULK_BYTES / WEIR_TLS_RECORD_BYTES + 1;
    (void)writer;
    return sizeof(weir_block) + TLS_BULK_BYTES + records * WEIR_TLS_EXTRA_BYTES +
           WEIR_PADDING_BYTES;
}

static size_t tls_unsent(const weir_writer *writer)
{
    const struct weir_tls *self = tls_of_writer(writer);
    const weir_writer *below = self->transport.writer;
    return self->out_end - self->out_begin + (below ? weir_unsent(below) : 0);
}

static const void *tls_writer_half_of(const weir_writer *writer)
{
    return tls_of_writer(writer);
}

static const weir_writer_ops tls_writer_ops = {.size = sizeof tls_writer_ops,
                                               .name = "tls",
                                               .poll_write = tls_poll_write,
                                               .poll_flush = tls_poll_flush,
                                               .poll_close = tls_poll_close,
                                               .fini = tls_writer_fini,
                                               .input = tls_writer_input,
                                               .memory_max = tls_writer_memory_max,
                                               .poll_open = tls_poll_open,
                                               .poll_room = tls_poll_room,
                                               .unsent = tls_unsent,
                                               .half_of = tls_writer_half_of};

/* ---- making and releasing ---- */

static void tls_end(struct weir_tls *self)
{
    SSL_free(self->ssl);
    ERR_clear_error();
    weir_tls_context_unref(self->context);
    weir_block_unref(self->out);
    weir_release(self->failure, sizeof *self->failure);
    weir_release(self->unsent, sizeof *self->unsent);
    weir_waker_unref(&self->in.waker);
    weir_waker_unref(&self->room.waker);
}

static void release_half(struct weir_tls *self)
{
    if (!--self->halves)
        tls_end(self);
    weir_tls_let_go(self);
}

static void tls_release_reader(void *place)
{
    release_half(WEIR_CONTAINER(place, struct weir_tls, reader));
}

static void tls_release_writer(void *place)
{
    release_half(WEIR_CONTAINER(place, struct weir_tls, writer));
}

static struct weir_tls *tls_new(weir_duplex transport, weir_tls_context *context, const char *host)
{
    size_t n = strlen(host) + 1;
    struct weir_tls *self = weir_allocate(sizeof *self + n);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    self->holders = 4;
    self->halves = 2;
    self->bytes = (uint32_t)(sizeof *self + n);
    self->transport = transport;
    self->context = weir_tls_context_ref(context);
    self->host = memcpy(self->host_text, host, n);
    weir_tls_sides_init(self);
    return self;
}

static weir_duplex tls_refuse(weir_duplex transport, weir_code code, const char *cure,
                              const char *text)
{
    weir_duplex_abort(transport);
    return (weir_duplex){weir_reader_refused(code, cure, text, NULL, NULL, 0),
                         weir_writer_refused(code, cure, text, NULL, NULL, 0)};
}

static weir_duplex halves_of(struct weir_tls *self)
{
    weir_arena *near = weir_arena_at(self->reader, sizeof self->reader, tls_release_reader);
    weir_arena *far = weir_arena_at(self->writer, sizeof self->writer, tls_release_writer);
    weir_duplex out = {weir_reader_in(near, sizeof(struct tls_reader), &tls_reader_ops),
                       weir_writer_in(far, sizeof(struct tls_writer), &tls_writer_ops)};
    WEIR_CONTAINER(out.reader, struct tls_reader, reader)->tls = self;
    WEIR_CONTAINER(out.writer, struct tls_writer, writer)->tls = self;
    out.reader = weir_reader_with(out.reader, &self->transport.reader->stage);
    return out;
}

weir_duplex weir_tls(weir_duplex transport, weir_tls_context *context, const weir_tls_how *given)
{
    weir_tls_how how;
    weir_options_take(&how, sizeof how, given, sizeof how);
    const char *host = how.host ? how.host : "";
    if (!context)
        return tls_refuse(transport, WEIR_E_MEMORY, NULL, "no memory for a TLS context");
    if (strlen(host) > TLS_HOST_BYTES_MAX)
        return tls_refuse(transport, WEIR_E_LIMIT, "a name of at most 255 bytes",
                          "weir_tls_how.host is longer than any host's name");
    if (!*host && !context->server && context->verifies)
        return tls_refuse(transport, WEIR_E_ARGUMENT,
                          "weir_tls_how.host = whom the certificate names",
                          "a TLS client wants the name of the host that it talks to");
    struct weir_tls *self = tls_new(transport, context, host);
    if (!self)
        return tls_refuse(transport, WEIR_E_MEMORY, NULL, "no memory for a TLS connection");
    return halves_of(self);
}

/* ---- what was agreed on ---- */

static struct weir_tls *tls_done(const weir_reader *reader)
{
    if (!reader || weir_stage_failed(&reader->stage) || reader->ops != &tls_reader_ops)
        return NULL;
    struct weir_tls *self = tls_of_reader(reader);
    return self->shaken ? self : NULL;
}

bool weir_tls_alpn(const weir_reader *reader, char *out, size_t size)
{
    struct weir_tls *self = tls_done(reader);
    const unsigned char *name;
    unsigned n = 0;
    if (self)
        SSL_get0_alpn_selected(self->ssl, &name, &n);
    if (!n || !size)
        return false;
    n = (unsigned)tls_least(n, size - 1);
    memcpy(out, name, n);
    out[n] = 0;
    return true;
}

const char *weir_tls_protocol(const weir_reader *reader)
{
    struct weir_tls *self = tls_done(reader);
    return self ? SSL_get_version(self->ssl) : NULL;
}

bool weir_tls_peer(const weir_reader *reader, char *out, size_t size)
{
    struct weir_tls *self = tls_done(reader);
    X509 *certificate = self ? SSL_get0_peer_certificate(self->ssl) : NULL;
    BIO *text = certificate && size ? BIO_new(BIO_s_mem()) : NULL;
    if (!text)
        return false;
    X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE);
    int n = BIO_read(text, out, (int)tls_least(size - 1, INT32_MAX));
    out[n > 0 ? n : 0] = 0;
    BIO_free(text);
    return n > 0;
}
#endif
