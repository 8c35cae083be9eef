/* Certificates and keys, from files or texts. The files are read through weir_sys; the system's
 * store of certificates is OpenSSL's to find. */

#ifdef WEIR_HAVE_OPENSSL
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "core/system_text.h"
#include "net/tls.h"
#include "weir/alloc.h"
#include "weir/sys.h"

enum { PEM_BYTES_MAX = 4 << 20, TLS_PEM_EINTR_MAX = 100 }; /* a system's whole store is 0.2 MB */

/* One file, or text, and what it is called in messages. */
struct pem {
    weir_tls_context *context;
    const weir_sys *sys;
    const char *file;
    char *bytes;
    size_t n, room;
    BIO *bio;
};

static bool tls_pem_refuse(struct pem *pem, weir_code code, const char *what, const char *cure)
{
    weir_tls_context *context = pem->context;
    (void)WEIR_TLS_REFUSE(context, code, "%s", what);
    context->error.cure = cure;
    if (pem->file)
        weir_format(context->error.place, sizeof context->error.place, "%s", pem->file);
    return false;
}

static bool refuse_system(struct pem *pem, int64_t number, const char *verb)
{
    char what[WEIR_MESSAGE_BYTES];
    weir_format(what, sizeof what, "cannot %s: %s", verb, weir_errno_text((int)-number));
    tls_pem_refuse(pem, WEIR_E_SYSTEM, what, number == -ENOENT ? "the right name" : NULL);
    pem->context->error.number = -number;
    return false;
}

static bool tls_pem_refuse_memory(struct pem *pem)
{
    return tls_pem_refuse(pem, WEIR_E_MEMORY, "no memory for certificates", NULL);
}

/* ---- reading ---- */

static bool tls_pem_grow(struct pem *pem)
{
    size_t room = pem->room ? 2 * pem->room : 16 << 10;
    if (room > PEM_BYTES_MAX)
        return tls_pem_refuse(pem, WEIR_E_LIMIT, "a file of certificates of 4 MiB or more",
                              "a smaller one");
    char *bytes = weir_allocate(room);
    if (!bytes)
        return tls_pem_refuse_memory(pem);
    if (pem->n)
        memcpy(bytes, pem->bytes, pem->n);
    if (pem->bytes)
        OPENSSL_cleanse(pem->bytes, pem->n); /* it may be a key */
    weir_release(pem->bytes, pem->room);
    pem->bytes = bytes;
    pem->room = room;
    return true;
}

static bool tls_pem_read_all(struct pem *pem, int fd)
{
    for (int interrupted = 0;;) {
        if (pem->n == pem->room && !tls_pem_grow(pem))
            return false;
        int64_t got = pem->sys->read(pem->sys, fd, pem->bytes + pem->n, pem->room - pem->n);
        if (got == -EINTR && interrupted++ < TLS_PEM_EINTR_MAX)
            continue;
        if (got < 0)
            return refuse_system(pem, got, "read");
        if (!got)
            return true;
        pem->n += (size_t)got;
    }
}

static bool tls_pem_read_file(struct pem *pem)
{
    int fd = pem->sys->open(pem->sys, AT_FDCWD, pem->file, O_RDONLY | O_CLOEXEC, 0);
    for (int tries = 0; fd == -EINTR && tries < TLS_PEM_EINTR_MAX; tries++)
        fd = pem->sys->open(pem->sys, AT_FDCWD, pem->file, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return refuse_system(pem, fd, "open");
    bool done = tls_pem_read_all(pem, fd);
    pem->sys->close(pem->sys, fd);
    return done;
}

static bool pem_open(struct pem *pem, const char *text)
{
    if (!text && !tls_pem_read_file(pem))
        return false;
    pem->bio = text ? BIO_new_mem_buf(text, -1) : BIO_new_mem_buf(pem->bytes, (int)pem->n);
    return pem->bio || tls_pem_refuse_memory(pem);
}

static void pem_close(struct pem *pem)
{
    BIO_free(pem->bio);
    if (pem->bytes)
        OPENSSL_cleanse(pem->bytes, pem->n);
    weir_release(pem->bytes, pem->room);
}

/* There is no further one, rather than a broken one. */
static bool tls_pem_at_end(void)
{
    bool end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return end;
}

/* ---- one's own certificate ---- */

static bool take_chain(struct pem *pem)
{
    X509 *issuer;
    while ((issuer = PEM_read_bio_X509(pem->bio, NULL, NULL, NULL))) {
        if (SSL_CTX_add0_chain_cert(pem->context->ssl, issuer))
            continue;
        X509_free(issuer);
        return tls_pem_refuse_memory(pem);
    }
    return tls_pem_at_end() ||
           tls_pem_refuse(pem, WEIR_E_CORRUPT, "a certificate behind the first is broken",
                          "PEM: -----BEGIN CERTIFICATE-----");
}

static bool take_certificate(struct pem *pem)
{
    X509 *own = PEM_read_bio_X509_AUX(pem->bio, NULL, NULL, NULL);
    if (!own) {
        bool none = tls_pem_at_end();
        return tls_pem_refuse(pem, WEIR_E_CORRUPT,
                              none ? "there is no certificate in it" : "the certificate is broken",
                              "PEM: -----BEGIN CERTIFICATE-----");
    }
    int taken = SSL_CTX_use_certificate(pem->context->ssl, own);
    X509_free(own);
    if (!taken)
        return tls_pem_refuse(pem, WEIR_E_CORRUPT,
                              "the certificate is too weak, or of an unknown kind",
                              "one of ECDSA P-256 or RSA 2048 bits");
    return take_chain(pem);
}

/* A question on the terminal is what OpenSSL does otherwise. */
static int no_password(char *out, int size, int writing, void *arg)
{
    (void)out, (void)size, (void)writing;
    *(bool *)arg = true;
    return -1;
}

static bool take_key(struct pem *pem)
{
    bool encrypted = false;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(pem->bio, NULL, no_password, &encrypted);
    if (encrypted)
        return tls_pem_refuse(pem, WEIR_E_ARGUMENT, "the key is encrypted",
                              "openssl pkey -in KEY -out PLAIN, readable for the server alone");
    if (!key)
        return tls_pem_refuse(pem, WEIR_E_CORRUPT, "there is no key in it, or it is broken",
                              "PEM: -----BEGIN PRIVATE KEY-----");
    int fits = SSL_CTX_use_PrivateKey(pem->context->ssl, key) &&
               SSL_CTX_check_private_key(pem->context->ssl);
    EVP_PKEY_free(key);
    return fits || tls_pem_refuse(pem, WEIR_E_ARGUMENT, "the key is not that of the certificate",
                                  "the key that the certificate was made for");
}

/* ---- whom to trust ---- */

static bool trust(struct pem *pem, X509 *issuer)
{
    SSL_CTX *ssl = pem->context->ssl;
    bool done = X509_STORE_add_cert(SSL_CTX_get_cert_store(ssl), issuer) &&
                (!pem->context->server || SSL_CTX_add_client_CA(ssl, issuer));
    X509_free(issuer);
    return done || tls_pem_refuse_memory(pem);
}

static bool take_trusted(struct pem *pem)
{
    X509 *issuer;
    size_t n = 0;
    for (; (issuer = PEM_read_bio_X509_AUX(pem->bio, NULL, NULL, NULL)); n++)
        if (!trust(pem, issuer))
            return false;
    if (!tls_pem_at_end())
        return tls_pem_refuse(pem, WEIR_E_CORRUPT, "a certificate is broken",
                              "PEM: -----BEGIN CERTIFICATE-----");
    return n || tls_pem_refuse(pem, WEIR_E_CORRUPT, "there is no certificate in it",
                               "PEM: -----BEGIN CERTIFICATE-----");
}

/* ---- all of them ---- */

static bool load(weir_tls_context *context, const weir_sys *sys, const char *file, const char *text,
                 bool (*take)(struct pem *pem))
{
    struct pem pem = {.context = context, .sys = sys, .file = file};
    bool done = pem_open(&pem, text) && take(&pem);
    pem_close(&pem);
    return done;
}

bool weir_tls_load(weir_tls_context *self, const weir_tls_options *options)
{
    const weir_sys *sys = options->sys ? options->sys : &weir_sys_posix;
    if (options->certificate_file || options->certificate) {
        if (!load(self, sys, options->certificate_file, options->certificate, take_certificate) ||
            !load(self, sys, options->key_file, options->key, take_key))
            return false;
    }
    if (options->ca_file || options->ca)
        return load(self, sys, options->ca_file, options->ca, take_trusted);
    return self->server || !self->verifies || SSL_CTX_set_default_verify_paths(self->ssl);
}
#endif
