/* What TLS costs beside a bare loop of SSL_write and SSL_read over memory, as `name<TAB>ns a KiB`:
 * bulk one way, in writes of 64, 16 and 1 KiB, both ends on one thread. Rounds are interleaved;
 * the lower quartile counts. Then the bytes that OpenSSL holds for a connection.
 *
 *   tls [MIB [ROUNDS]] */

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "weir.h"

enum { WRITE_BYTES = 64 << 10, RING_BYTES = 256 << 10, ROUNDS_MAX = 99 };

static void must(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "tls: %s failed\n", what);
    exit(1);
}

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- what OpenSSL holds ---- */

struct header {
    _Alignas(16) size_t size;
};
static size_t held, peak;

static void *count_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    struct header *header = malloc(sizeof *header + size);
    if (!header)
        return NULL;
    header->size = size;
    held += size;
    peak = held > peak ? held : peak;
    return header + 1;
}

static void count_free(void *block, const char *file, int line)
{
    (void)file, (void)line;
    if (!block)
        return;
    struct header *header = (struct header *)block - 1;
    held -= header->size;
    free(header);
}

static void *count_realloc(void *block, size_t size, const char *file, int line)
{
    void *made = count_malloc(size, file, line);
    size_t old = block ? ((struct header *)block - 1)->size : 0;
    if (made && block) {
        memcpy(made, block, old < size ? old : size);
        count_free(block, file, line);
    }
    return made;
}

/* ---- a certificate ---- */

static EVP_PKEY *key;
static X509 *certificate;
static char *certificate_text, *key_text;

static char *text_of(BIO *bio)
{
    char *bytes;
    long n = BIO_get_mem_data(bio, &bytes);
    char *text = strndup(bytes, (size_t)n);
    BIO_free(bio);
    return text;
}

static void make_certificate(void)
{
    key = EVP_EC_gen("P-256");
    certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)"bench", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_sign(certificate, key, EVP_sha256());
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    certificate_text = text_of(bio);
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    key_text = text_of(bio);
}

/* ---- the bare loop ---- */

struct ring {
    unsigned char bytes[RING_BYTES];
    size_t begin, end;
};

struct bare_end {
    struct ring *in, *out;
};

static int ring_read(BIO *bio, char *out, int n)
{
    struct ring *ring = ((struct bare_end *)BIO_get_data(bio))->in;
    size_t there = ring->end - ring->begin;
    BIO_clear_retry_flags(bio);
    if (!there) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t moved = there < (size_t)n ? there : (size_t)n;
    memcpy(out, ring->bytes + ring->begin, moved);
    ring->begin += moved;
    if (ring->begin == ring->end)
        ring->begin = ring->end = 0;
    return (int)moved;
}

static int ring_write(BIO *bio, const char *bytes, int n)
{
    struct ring *ring = ((struct bare_end *)BIO_get_data(bio))->out;
    BIO_clear_retry_flags(bio);
    if (ring->end + (size_t)n > RING_BYTES) {
        BIO_set_retry_write(bio);
        return -1;
    }
    memcpy(ring->bytes + ring->end, bytes, (size_t)n);
    ring->end += (size_t)n;
    return n;
}

static long ring_ctrl(BIO *bio, int what, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *ring_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 126, "ring");
    BIO_meth_set_read(method, ring_read);
    BIO_meth_set_write(method, ring_write);
    BIO_meth_set_ctrl(method, ring_ctrl);
    return method;
}

static SSL *bare_end(SSL_CTX *context, BIO_METHOD *method, struct bare_end *end)
{
    SSL *ssl = SSL_new(context);
    BIO *bio = BIO_new(method);
    BIO_set_data(bio, end);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    return ssl;
}

/* ns for `n` bytes from the server to the client, in writes of `piece`. Like run_weir() not
 * inlined, so that callgrind tells them apart. */
static __attribute__((noinline)) double run_bare(size_t n, size_t piece)
{
    static struct ring up, down;
    static unsigned char bytes[WRITE_BYTES], back[64 << 10];
    struct bare_end near = {&down, &up}, far = {&up, &down};
    SSL_CTX *server = SSL_CTX_new(TLS_server_method()), *client = SSL_CTX_new(TLS_client_method());
    BIO_METHOD *method = ring_method();
    SSL_CTX_use_certificate(server, certificate);
    SSL_CTX_use_PrivateKey(server, key);
    SSL_CTX_set_mode(server, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_mode(client, SSL_MODE_RELEASE_BUFFERS);
    SSL *a = bare_end(client, method, &near), *b = bare_end(server, method, &far);
    SSL_set_connect_state(a);
    SSL_set_accept_state(b);
    up.begin = up.end = down.begin = down.end = 0;
    for (int i = 0; i < 10; i++)
        SSL_do_handshake(a), SSL_do_handshake(b);
    must(SSL_is_init_finished(a) && SSL_is_init_finished(b), "the bare handshake");
    double begun = cpu_ns();
    for (size_t sent = 0, got = 0; got < n;) {
        for (size_t now = 0; now < WRITE_BYTES && sent < n; now += piece, sent += piece)
            must(SSL_write(b, bytes, (int)piece) == (int)piece, "SSL_write");
        for (int k; (k = SSL_read(a, back, sizeof back)) > 0;)
            got += (size_t)k;
    }
    double ns = cpu_ns() - begun;
    SSL_free(a), SSL_free(b), SSL_CTX_free(server), SSL_CTX_free(client), BIO_meth_free(method);
    return ns;
}

/* ---- weir's ---- */

/* Up to eight blocks go over by reference, as a socket takes them. */
enum { PARTS = 64 };
struct part {
    weir_block *block;
    size_t begin, n;
};
struct slot {
    struct part parts[PARTS];
    size_t first, parts_n;
    weir_waker_slot waker[2];
};

struct slot_reader {
    weir_reader reader;
    struct slot *slot;
};

struct slot_writer {
    weir_writer writer;
    struct slot *slot;
};

static void let_go(weir_reader *reader)
{
    weir_block_unref(reader->block);
}

static weir_poll slot_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct slot *slot = ((struct slot_reader *)reader)->slot;
    (void)min;
    must(reader->begin == reader->end, "a fill of one byte");
    weir_reader_release(reader);
    if (!slot->parts_n)
        return weir_wait(cx, &slot->waker[0], WEIR_WAIT_PEER);
    struct part part = slot->parts[slot->first++ % PARTS];
    slot->parts_n--;
    reader->block = part.block;
    reader->base = part.block->data;
    reader->begin = part.begin;
    reader->end = part.begin + part.n;
    reader->give_back = let_go;
    weir_waker_slot_wake(&slot->waker[1]);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll slot_give(weir_writer *writer, weir_cx *cx, weir_block *block, const void *bytes,
                           size_t n)
{
    struct slot *slot = ((struct slot_writer *)writer)->slot;
    if (slot->parts_n == PARTS)
        return weir_wait(cx, &slot->waker[1], WEIR_WAIT_PEER);
    size_t begin = (size_t)((const unsigned char *)bytes - block->data);
    slot->parts[(slot->first + slot->parts_n++) % PARTS] =
        (struct part){weir_block_ref(block), begin, n};
    weir_waker_slot_wake(&slot->waker[0]);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll slot_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    weir_block *block = weir_block_new(0, n);
    must(block, "memory");
    memcpy(block->data, bytes, n);
    weir_poll got = slot_give(writer, cx, block, block->data, n);
    weir_block_unref(block);
    return got;
}

static void slot_reader_fini(weir_reader *reader)
{
    weir_waker_slot_clear(&((struct slot_reader *)reader)->slot->waker[0]);
}

static void slot_writer_fini(weir_writer *writer)
{
    struct slot *slot = ((struct slot_writer *)writer)->slot;
    weir_waker_slot_clear(&slot->waker[1]);
    for (; slot->parts_n; slot->parts_n--)
        weir_block_unref(slot->parts[slot->first++ % PARTS].block);
}

static const weir_reader_ops slot_reader_ops = {.size = sizeof slot_reader_ops,
                                                .name = "slot",
                                                .poll_fill = slot_fill,
                                                .fini = slot_reader_fini};
static const weir_writer_ops slot_writer_ops = {.size = sizeof slot_writer_ops,
                                                .name = "slot",
                                                .poll_write = slot_write,
                                                .fini = slot_writer_fini,
                                                .poll_give = slot_give};

static weir_duplex slot_end(struct slot *in, struct slot *out)
{
    weir_duplex duplex = {weir_reader_new(sizeof(struct slot_reader), &slot_reader_ops),
                          weir_writer_new(sizeof(struct slot_writer), &slot_writer_ops)};
    ((struct slot_reader *)duplex.reader)->slot = in;
    ((struct slot_writer *)duplex.writer)->slot = out;
    return duplex;
}

static void never_wake(weir_waker *waker)
{
    (void)waker;
}

static const weir_waker_ops waker_ops = {sizeof waker_ops, never_wake, never_wake};

struct both {
    struct slot up, down;
    weir_tls_context *server, *client;
    weir_duplex near, far;
    weir_waker waker;
    weir_cx *cx;
};

static void both_open(struct both *both)
{
    memset(both, 0, sizeof *both);
    weir_waker_init(&both->waker, &waker_ops);
    both->cx = weir_cx_new(&both->waker);
    both->server = weir_tls_server(&(weir_tls_options){
        .size = sizeof(weir_tls_options), .certificate = certificate_text, .key = key_text});
    both->client = weir_tls_client(
        &(weir_tls_options){.size = sizeof(weir_tls_options), .insecure_no_verify = true});
    both->near = weir_tls(slot_end(&both->down, &both->up), both->client, NULL);
    both->far = weir_tls(slot_end(&both->up, &both->down), both->server, NULL);
    weir_poll a = {0}, b = {0};
    for (int i = 0; i < 20; i++) {
        both->cx->budget = WEIR_BUDGET;
        a = weir_poll_open(both->near.writer, both->cx);
        both->cx->budget = WEIR_BUDGET;
        b = weir_poll_open(both->far.writer, both->cx);
        weir_ignore(weir_poll_fill(both->near.reader, both->cx, 1));
    }
    must(a.state == WEIR_READY && b.state == WEIR_READY, "the handshake");
}

static void both_close(struct both *both)
{
    weir_duplex_drop(both->near);
    weir_duplex_drop(both->far);
    weir_tls_context_unref(both->server);
    weir_tls_context_unref(both->client);
    weir_cx_drop(both->cx);
}

static __attribute__((noinline)) double run_weir(size_t n, size_t piece)
{
    static unsigned char bytes[WRITE_BYTES];
    static struct both both;
    both_open(&both);
    double begun = cpu_ns();
    for (size_t sent = 0, got = 0; got < n;) {
        weir_poll polled = {0, WEIR_READY};
        both.cx->budget = WEIR_BUDGET;
        for (size_t now = 0; now < WRITE_BYTES && sent < n && polled.state == WEIR_READY;) {
            polled = weir_poll_write(both.far.writer, both.cx, bytes, piece);
            now += polled.n;
            sent += polled.n;
        }
        must(polled.state != WEIR_ERROR, "a write");
        while ((polled = weir_poll_fill(both.near.reader, both.cx, 1)).state == WEIR_READY) {
            got += polled.n;
            weir_consume(both.near.reader, polled.n);
        }
        must(polled.state == WEIR_PENDING, "a read");
        weir_ignore(weir_poll_flush(both.far.writer, both.cx));
    }
    double ns = cpu_ns() - begun;
    both_close(&both);
    return ns;
}

/* ---- rows ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double lower_quartile(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_size);
    return values[n / 4];
}

static void rows(size_t mib, size_t rounds, size_t piece)
{
    double bare[ROUNDS_MAX], own[ROUNDS_MAX];
    size_t n = mib << 20;
    for (size_t i = 0; i < rounds; i++) {
        bare[i] = run_bare(n, piece) / (double)(n >> 10);
        own[i] = run_weir(n, piece) / (double)(n >> 10);
    }
    double a = lower_quartile(bare, rounds), b = lower_quartile(own, rounds);
    printf("tls/bare/%zu\t%.1f\n", piece, a);
    printf("tls/weir/%zu\t%.1f\n", piece, b);
    printf("tls/ratio/%zu\t%.3f\n", piece, a / b);
}

/* One side after the other is dropped: what it held goes. */
static void memory(void)
{
    static struct both both;
    for (int warm = 0; warm < 2; warm++) { /* what is made once for the program is made before */
        both_open(&both);
        size_t all = held;
        weir_duplex_drop(both.near);
        size_t client = all - held;
        all = held;
        weir_duplex_drop(both.far);
        if (warm) {
            printf("tls/bytes/idle client\t%zu\n", client);
            printf("tls/bytes/idle server\t%zu\n", all - held);
        }
        both.near = both.far = (weir_duplex){0};
        both_close(&both);
    }
    size_t before = held;
    peak = held;
    both_open(&both);
    weir_duplex_drop(both.near);
    weir_duplex_drop(both.far);
    printf("tls/bytes/peak of both\t%zu\n", peak - before - (held - before));
    both.near = both.far = (weir_duplex){0};
    both_close(&both);
}

int main(int argc, char **argv)
{
    size_t mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 64;
    size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 11;
    must(mib && rounds && rounds <= ROUNDS_MAX, "reading the arguments");
    CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free);
    make_certificate();
    rows(mib, rounds, WRITE_BYTES);
    rows(mib, rounds, 16 << 10);
    rows(mib / 8 ? mib / 8 : 1, rounds, 1 << 10);
    memory();
    return 0;
}
