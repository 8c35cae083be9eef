/* One call of OpenSSL at a time. It sees the transport through a BIO that never waits: what it
 * reads is what the transport's reader has in hand, what it sends is put into a block. */

#ifdef WEIR_HAVE_OPENSSL
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "net/tls.h"
#include "weir/cx.h"

enum { TLS_ENGINE_SMALL_BYTES = 4 << 10 }; /* of a block for handshakes */
enum { HANDSHAKES_A_TURN = 4 };            /* steps of them that compute much */
#define BIO_TYPE_WEIR (BIO_TYPE_SOURCE_SINK | 127)

/* ---- the BIO ---- */

static int bio_read(BIO *bio, char *out, size_t size, size_t *n)
{
    struct weir_tls *self = BIO_get_data(bio);
    size_t in_hand = 0;
    const unsigned char *bytes = NULL;
    BIO_clear_retry_flags(bio);
    if (self->transport.reader)
        bytes = weir_peek(self->transport.reader, &in_hand);
    if (!in_hand) {
        BIO_set_retry_read(bio);
        return -1;
    }
    *n = in_hand < size ? in_hand : size;
    memcpy(out, bytes, *n);
    weir_consume(self->transport.reader, *n);
    return 1;
}

static size_t tls_engine_room_of(const struct weir_tls *self)
{
    return self->out ? self->out->size - self->out_end : 0;
}

/* Of a block that is empty, or not there yet. */
static bool tls_engine_make_room(struct weir_tls *self, size_t n)
{
    weir_block_unref(self->out);
    self->out_begin = self->out_end = 0;
    self->out = weir_block_new(
        0, n < TLS_ENGINE_SMALL_BYTES && !self->writing ? TLS_ENGINE_SMALL_BYTES : n);
    self->no_memory = !self->out;
    return self->out;
}

static bool tls_engine_has_room(struct weir_tls *self, size_t n)
{
    if (tls_engine_room_of(self) >= n)
        return true;
    return self->out_begin == self->out_end && tls_engine_make_room(self, n);
}

/* Whom nobody hears any more may say what he likes. */
static bool unheard(const struct weir_tls *self)
{
    return self->deaf || self->closed || !self->transport.writer;
}

static int bio_write(BIO *bio, const char *bytes, size_t n, size_t *written)
{
    struct weir_tls *self = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    *written = n;
    if (unheard(self))
        return 1;
    if (!tls_engine_has_room(self, n)) {
        if (!self->no_memory)
            BIO_set_retry_write(bio);
        return -1;
    }
    memcpy(self->out->data + self->out_end, bytes, n);
    self->out_end += (uint32_t)n;
    self->urgent |= !self->writing;
    return 1;
}

static long bio_ctrl(BIO *bio, int what, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return what == BIO_CTRL_FLUSH;
}

static int bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD *weir_tls_bio_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_WEIR, "weir");
    if (method && BIO_meth_set_read_ex(method, bio_read) &&
        BIO_meth_set_write_ex(method, bio_write) && BIO_meth_set_ctrl(method, bio_ctrl) &&
        BIO_meth_set_create(method, bio_create))
        return method;
    BIO_meth_free(method);
    return NULL;
}

/* ---- beginning ---- */

static bool is_address(const char *host)
{
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);
    ASN1_OCTET_STRING_free(address);
    ERR_clear_error();
    return address;
}

/* Names are told to the other side; addresses are not. */
static bool expect_host(struct weir_tls *self)
{
    const char *host = self->host;
    if (!*host)
        return true;
    X509_VERIFY_PARAM *param = SSL_get0_param(self->ssl);
    if (is_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(param, host);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(self->ssl, host) && SSL_set_tlsext_host_name(self->ssl, host);
}

static bool tls_engine_begin(struct weir_tls *self)
{
    self->ssl = SSL_new(self->context->ssl);
    BIO *bio = self->ssl ? BIO_new(self->context->method) : NULL;
    if (!bio)
        return false;
    BIO_set_data(bio, self);
    SSL_set_bio(self->ssl, bio, bio);
    SSL_set_app_data(self->ssl, self);
    if (self->context->server)
        SSL_set_accept_state(self->ssl);
    else
        SSL_set_connect_state(self->ssl);
    return self->context->server || expect_host(self);
}

/* ---- the calls ---- */

/* An error that somebody left would be taken for the next call's. Clearing costs as much as a short
 * record. */
static void forget_errors(void)
{
    if (ERR_peek_error())
        ERR_clear_error();
}

static weir_tls_step tls_engine_step_of(struct weir_tls *self, weir_cx *cx, int answer)
{
    int error = SSL_get_error(self->ssl, answer);
    switch (error) {
    case SSL_ERROR_NONE:
        return WEIR_TLS_DONE;
    case SSL_ERROR_WANT_READ:
        return WEIR_TLS_WANTS_READ;
    case SSL_ERROR_WANT_WRITE:
        return WEIR_TLS_WANTS_ROOM;
    case SSL_ERROR_ZERO_RETURN:
        self->over = true;
        return WEIR_TLS_OVER;
    default:
        return weir_tls_fail_step(self, cx);
    }
}

/* A step that got somewhere computed for about that part of a turn. */
static void charge(struct weir_tls *self, weir_cx *cx, OSSL_HANDSHAKE_STATE before)
{
    bool moved = SSL_get_state(self->ssl) != before;
    weir_spend_many(cx, moved ? WEIR_BUDGET / HANDSHAKES_A_TURN : 1);
}

weir_tls_step weir_tls_shake_step(struct weir_tls *self, weir_cx *cx)
{
    forget_errors();
    if (!self->ssl && !tls_engine_begin(self))
        return weir_tls_fail_step(self, cx);
    OSSL_HANDSHAKE_STATE before = SSL_get_state(self->ssl);
    weir_tls_step step = tls_engine_step_of(self, cx, SSL_do_handshake(self->ssl));
    charge(self, cx, before);
    if (step == WEIR_TLS_OVER) {
        weir_fail_at(cx, self->transport.reader, WEIR_E_CLOSED,
                     "the other side closed in the middle of the TLS handshake");
        return weir_tls_failed(self, cx);
    }
    return step;
}

/* OpenSSL would take a buffer to find that out, and give it back. */
static bool has_nothing(const struct weir_tls *self)
{
    size_t in_hand = 0;
    if (self->transport.reader)
        weir_peek(self->transport.reader, &in_hand);
    return !in_hand && !SSL_pending(self->ssl) && !SSL_in_init(self->ssl);
}

weir_tls_step weir_tls_read_step(struct weir_tls *self, weir_cx *cx, void *out, size_t size,
                                 size_t *n)
{
    if (has_nothing(self))
        return WEIR_TLS_WANTS_READ;
    forget_errors();
    return tls_engine_step_of(self, cx, SSL_read_ex(self->ssl, out, size, n));
}

static size_t tls_engine_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

weir_tls_step weir_tls_write_step(struct weir_tls *self, weir_cx *cx, const void *bytes, size_t n,
                                  size_t *taken)
{
    n = tls_engine_least(n, WEIR_TLS_RECORD_BYTES);
    if (tls_engine_room_of(self) < n + WEIR_TLS_EXTRA_BYTES)
        return WEIR_TLS_WANTS_ROOM;
    forget_errors();
    self->writing = true;
    weir_tls_step step = tls_engine_step_of(self, cx, SSL_write_ex(self->ssl, bytes, n, taken));
    self->writing = false;
    return step;
}

weir_tls_step weir_tls_shut_step(struct weir_tls *self, weir_cx *cx)
{
    if (SSL_in_init(self->ssl)) { /* a message that came behind the handshake, in two records */
        weir_tls_step step = weir_tls_shake_step(self, cx);
        if (step != WEIR_TLS_DONE)
            return step;
    }
    forget_errors();
    int answer = SSL_shutdown(self->ssl);
    if (answer < 0)
        return tls_engine_step_of(self, cx, answer);
    self->shut = true;
    return WEIR_TLS_DONE;
}
#endif
