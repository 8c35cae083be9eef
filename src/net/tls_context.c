/* What TLS connections have in common: certificates, whom to trust, protocols, versions. */

#ifdef WEIR_HAVE_OPENSSL
#include <openssl/err.h>
#include <string.h>

#include "core/stage.h"
#include "net/tls.h"
#include "weir/alloc.h"

enum { ALPN_NAME_MAX = 255, ALPN_BYTES_MAX = 4 << 10 };

/* ---- protocols ---- */

static bool measure_alpn(weir_tls_context *self, const char *const *names)
{
    for (; *names; names++) {
        size_t n = strlen(*names);
        if (!n || n > ALPN_NAME_MAX)
            return WEIR_TLS_REFUSE(self, WEIR_E_ARGUMENT,
                                   "a protocol's name of %zu bytes, 1 to 255 are allowed", n);
        self->alpn_n += n + 1;
    }
    if (self->alpn_n > ALPN_BYTES_MAX)
        return WEIR_TLS_REFUSE(self, WEIR_E_LIMIT, "protocols of %zu bytes, %d are allowed",
                               self->alpn_n, ALPN_BYTES_MAX);
    return true;
}

static bool write_alpn(weir_tls_context *self, const char *const *names)
{
    unsigned char *at = self->alpn = weir_allocate(self->alpn_n);
    if (!at)
        return WEIR_TLS_REFUSE(self, WEIR_E_MEMORY, "no memory for the names of protocols");
    for (; *names; names++) {
        size_t n = strlen(*names);
        *at++ = (unsigned char)n;
        memcpy(at, *names, n);
        at += n;
    }
    return true;
}

/* A server takes the first of its own that the client knows too, and refuses who knows none. */
static int tls_context_choose(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                              const unsigned char *in, unsigned in_n, void *arg)
{
    const weir_tls_context *self = arg;
    unsigned char *chosen;
    (void)ssl;
    if (SSL_select_next_proto(&chosen, out_n, self->alpn, (unsigned)self->alpn_n, in, in_n) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static bool set_alpn(weir_tls_context *self, const char *const *names)
{
    if (!names || !*names)
        return true;
    if (!measure_alpn(self, names) || !write_alpn(self, names))
        return false;
    if (self->server)
        SSL_CTX_set_alpn_select_cb(self->ssl, tls_context_choose, self);
    else if (SSL_CTX_set_alpn_protos(self->ssl, self->alpn, (unsigned)self->alpn_n))
        return WEIR_TLS_REFUSE(self, WEIR_E_MEMORY, "no memory for the names of protocols");
    return true;
}

/* ---- rules ---- */

static bool set_version(weir_tls_context *self, weir_tls_version least)
{
    if (least > WEIR_TLS_1_3)
        return WEIR_TLS_REFUSE(self, WEIR_E_ARGUMENT, "version_min is %d, which is no version",
                               (int)least);
    return SSL_CTX_set_min_proto_version(self->ssl,
                                         least == WEIR_TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
}

/* The buffers of an idle connection would be 33 KB. Sessions are resumed by tickets alone, so that
 * nothing is kept of connections that are gone. */
static bool set_modes(weir_tls_context *self)
{
    SSL_CTX_set_mode(self->ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_options(self->ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(self->ssl, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_session_id_context(self->ssl, (const unsigned char *)"weir", 4);
}

static bool set_verify(weir_tls_context *self, const weir_tls_options *options)
{
    int mode = SSL_VERIFY_NONE;
    if (self->server && options->verify_client)
        mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    else if (!self->server && !options->insecure_no_verify)
        mode = SSL_VERIFY_PEER;
    self->verifies = mode != SSL_VERIFY_NONE;
    SSL_CTX_set_verify(self->ssl, mode, self->verifies ? weir_tls_verified : NULL);
    return true;
}

static bool expect_options(weir_tls_context *self, const weir_tls_options *options)
{
    bool certificate = options->certificate_file || options->certificate;
    bool key = options->key_file || options->key;
    bool ca = options->ca_file || options->ca;
    if (certificate != key || (self->server && !key))
        return WEIR_TLS_REFUSE(self, WEIR_E_ARGUMENT, "a certificate and its key are wanted, %s",
                               certificate ? "the key is missing"
                               : key       ? "the certificate is missing"
                                           : "both are missing");
    if ((options->certificate_file && options->certificate) ||
        (options->key_file && options->key) || (options->ca_file && options->ca))
        return WEIR_TLS_REFUSE(self, WEIR_E_ARGUMENT, "a file and a text for the same thing");
    if (self->server && options->verify_client && !ca)
        return WEIR_TLS_REFUSE(self, WEIR_E_ARGUMENT, "verify_client wants ca or ca_file");
    if (self->server && options->insecure_no_verify)
        return WEIR_TLS_REFUSE(self, WEIR_E_ARGUMENT, "insecure_no_verify is for clients");
    if (!self->server && options->verify_client)
        return WEIR_TLS_REFUSE(self, WEIR_E_ARGUMENT, "verify_client is for servers");
    return true;
}

static bool tls_context_set_all(weir_tls_context *self, const weir_tls_options *options)
{
    return expect_options(self, options) && set_version(self, options->version_min) &&
           set_modes(self) && set_verify(self, options) && weir_tls_load(self, options) &&
           set_alpn(self, options->alpn);
}

/* ---- making ---- */

static bool tls_context_begin(weir_tls_context *self)
{
    self->method = weir_tls_bio_method();
    self->ssl = SSL_CTX_new(self->server ? TLS_server_method() : TLS_client_method());
    return self->method && self->ssl;
}

static weir_tls_context *context_new(bool server, const weir_tls_options *given)
{
    weir_tls_options options;
    weir_options_take(&options, sizeof options, given, sizeof options);
    weir_tls_context *self = weir_allocate(sizeof *self);
    if (!self)
        return NULL;
    *self = (weir_tls_context){.refs = 1, .server = server};
    ERR_clear_error();
    if ((!tls_context_begin(self) || !tls_context_set_all(self, &options)) && !self->failed)
        (void)WEIR_TLS_REFUSE(self, WEIR_E_MEMORY, "no memory for TLS");
    ERR_clear_error();
    return self;
}

weir_tls_context *weir_tls_client(const weir_tls_options *options)
{
    return context_new(false, options);
}

weir_tls_context *weir_tls_server(const weir_tls_options *options)
{
    return context_new(true, options);
}

static const weir_error tls_context_no_memory = {.size = sizeof tls_context_no_memory,
                                                 .code = WEIR_E_MEMORY,
                                                 .fatal = true,
                                                 .byte = WEIR_NOWHERE,
                                                 .record = WEIR_NOWHERE,
                                                 .message = "no memory for a TLS context"};

const weir_error *weir_tls_context_error(const weir_tls_context *self)
{
    if (!self)
        return &tls_context_no_memory;
    return self->failed ? &self->error : NULL;
}

weir_tls_context *weir_tls_context_ref(weir_tls_context *self)
{
    if (self)
        __atomic_fetch_add(&self->refs, 1, __ATOMIC_RELAXED);
    return self;
}

void weir_tls_context_unref(weir_tls_context *self)
{
    if (!self || __atomic_sub_fetch(&self->refs, 1, __ATOMIC_ACQ_REL))
        return;
    SSL_CTX_free(self->ssl);
    BIO_meth_free(self->method);
    weir_release(self->alpn, self->alpn_n);
    weir_release(self, sizeof *self);
}
#endif
