/* What went wrong with a TLS connection, in words: the fact, whose certificate it was, one cure. */

#ifdef WEIR_HAVE_OPENSSL
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "net/tls.h"
#include "weir/alloc.h"
#include "weir/cx.h"

weir_tls_step weir_tls_failed(struct weir_tls *self, weir_cx *cx)
{
    self->failed = true;
    if (!self->failure)
        self->failure = weir_allocate(sizeof *self->failure);
    if (self->failure)
        *self->failure = cx->error;
    weir_tls_tell(self);
    return WEIR_TLS_FAILED;
}

weir_poll weir_tls_repeat(const weir_error *error, weir_cx *cx, const char *what)
{
    if (!error)
        return weir_fail(cx, WEIR_E_CLOSED, "%s; why is not known for want of memory", what);
    cx->error = *error;
    return (weir_poll){0, WEIR_ERROR};
}

/* ---- certificates ---- */

enum { TLS_ERROR_NAME_BYTES = 64, TLS_ERROR_NAMES_MAX = 3 };

/* The other side chose these bytes: what is no part of a host's name is not shown. */
static void tls_error_add_name(char *out, const unsigned char *name, size_t n)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.*-_:";
    size_t at = strlen(out);
    if (at && at + 2 < TLS_ERROR_NAME_BYTES)
        at += weir_format(out + at, TLS_ERROR_NAME_BYTES - at, ", ");
    for (size_t i = 0; i < n && at + 1 < TLS_ERROR_NAME_BYTES; i++)
        out[at++] = name[i] && strchr(allowed, name[i]) ? (char)name[i] : '?';
    out[at] = 0;
}

static void common_name(X509 *certificate, char out[TLS_ERROR_NAME_BYTES])
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0)
        return;
    ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    tls_error_add_name(out, ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
}

/* The hosts that it is of: its first names, or the one of its subject. */
static void names_of(X509 *certificate, char out[TLS_ERROR_NAME_BYTES])
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    out[0] = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < TLS_ERROR_NAMES_MAX; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS)
            tls_error_add_name(out, ASN1_STRING_get0_data(name->d.dNSName),
                               (size_t)ASN1_STRING_length(name->d.dNSName));
    }
    GENERAL_NAMES_free(names);
    if (!out[0])
        common_name(certificate, out);
    if (!out[0])
        weir_format(out, TLS_ERROR_NAME_BYTES, "nobody");
}

static void date_of(const ASN1_TIME *time, char out[TLS_ERROR_NAME_BYTES])
{
    struct tm tm = {0};
    if (!ASN1_TIME_to_tm(time, &tm))
        tm.tm_mday = 0;
    weir_format(out, TLS_ERROR_NAME_BYTES, "%d-%d%d-%d%d", tm.tm_year + 1900, (tm.tm_mon + 1) / 10,
                (tm.tm_mon + 1) % 10, tm.tm_mday / 10, tm.tm_mday % 10);
}

/* What is told of a certificate; the names and the date are put in. */
static const struct refusal {
    int number;
    bool dated;
    const char *text, *cure;
} tls_error_refusals[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, true, "the certificate of %s expired on %s",
     "a new certificate there, or the right date here"},
    {X509_V_ERR_CERT_NOT_YET_VALID, true, "the certificate of %s is not valid before %s",
     "the right date here"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, false,
     "the certificate of %s is self-signed and not trusted",
     "weir_tls_options.ca_file = a file with that certificate"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, false,
     "the certificate of %s was issued by somebody who is not trusted",
     "weir_tls_options.ca_file = the issuer's certificate"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, false,
     "the certificate of %s was issued by somebody who is not known",
     "weir_tls_options.ca_file = the issuer's certificate; or the server sends the chain"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, false,
     "the certificate of %s was issued by somebody who is not known",
     "weir_tls_options.ca_file = the issuer's certificate; or the server sends the chain"},
};

static void tell_refusal(weir_error *error, X509_STORE_CTX *store, int number, const char *host)
{
    char names[TLS_ERROR_NAME_BYTES] = "nobody", date[TLS_ERROR_NAME_BYTES];
    X509 *certificate = X509_STORE_CTX_get_current_cert(store);
    if (certificate)
        names_of(certificate, names);
    for (size_t i = 0; i < sizeof tls_error_refusals / sizeof *tls_error_refusals; i++) {
        const struct refusal *refusal = &tls_error_refusals[i];
        if (refusal->number != number || !certificate)
            continue;
        date_of(number == X509_V_ERR_CERT_NOT_YET_VALID ? X509_get0_notBefore(certificate)
                                                        : X509_get0_notAfter(certificate),
                date);
        weir_error_set(error, WEIR_E_CORRUPT, refusal->text, names, date);
        error->cure = refusal->cure;
        return;
    }
    if (number == X509_V_ERR_HOSTNAME_MISMATCH || number == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        weir_error_set(error, WEIR_E_CORRUPT, "the certificate is of %s, not of %s", names, host);
        error->cure = "weir_tls_how.host = a name of the certificate";
        return;
    }
    weir_error_set(error, WEIR_E_CORRUPT, "the certificate of %s is refused: %s", names,
                   X509_verify_cert_error_string(number));
}

int weir_tls_verified(int ok, X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct weir_tls *self = ok || !ssl ? NULL : SSL_get_app_data(ssl);
    if (!self || self->failure)
        return ok;
    int number = X509_STORE_CTX_get_error(store);
    self->failure = weir_allocate(sizeof *self->failure);
    if (!self->failure)
        return ok;
    tell_refusal(self->failure, store, number, self->host);
    self->failure->number = number;
    self->failure->fatal = true;
    return ok;
}

/* ---- the protocol ---- */

static const struct reason {
    int number;
    weir_code code;
    const char *text, *cure;
} tls_error_reasons[] = {
    {SSL_R_WRONG_VERSION_NUMBER, WEIR_E_CORRUPT, "the other side does not speak TLS",
     "the port that speaks TLS, or no weir_tls() here"},
    {SSL_R_HTTP_REQUEST, WEIR_E_CORRUPT, "the other side speaks HTTP and not TLS",
     "https: there, or no weir_tls() here"},
    {SSL_R_HTTPS_PROXY_REQUEST, WEIR_E_CORRUPT, "the other side takes this for a proxy",
     "no weir_tls() here"},
    {SSL_R_UNSUPPORTED_PROTOCOL, WEIR_E_CORRUPT,
     "the other side speaks no version of TLS that is allowed here",
     "a newer TLS there, or a lower weir_tls_options.version_min"},
    {SSL_R_NO_SHARED_CIPHER, WEIR_E_CORRUPT, "no cipher is known to both sides",
     "a certificate of a kind that the other side knows"},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, WEIR_E_CORRUPT,
     "the other side has no certificate, and one is wanted",
     "weir_tls_options.certificate_file and key_file there"},
    {SSL_R_NO_APPLICATION_PROTOCOL, WEIR_E_CORRUPT,
     "the other side speaks none of the protocols that are offered", "weir_tls_options.alpn"},
    {SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, WEIR_E_CORRUPT, "a record was changed on its way",
     NULL},
    {SSL_R_NO_RENEGOTIATION, WEIR_E_CORRUPT,
     "the other side wants to renegotiate, which is refused", NULL},
};

static const struct alert {
    int number;
    const char *cure;
} alerts[] = {
    {SSL_AD_HANDSHAKE_FAILURE, "versions and ciphers that both sides know"},
    {SSL_AD_BAD_CERTIFICATE, "a certificate that the other side accepts"},
    {SSL_AD_CERTIFICATE_EXPIRED, "a certificate that is still valid"},
    {SSL_AD_UNKNOWN_CA, "the issuer of this side's certificate among those that the other trusts"},
    {SSL_AD_CERTIFICATE_REQUIRED, "weir_tls_options.certificate_file and key_file"},
    {SSL_AD_PROTOCOL_VERSION, "a version of TLS that both sides speak"},
    {SSL_AD_UNRECOGNIZED_NAME, "weir_tls_how.host = a name that the other side has"},
    {SSL_AD_NO_APPLICATION_PROTOCOL, "weir_tls_options.alpn = a protocol of the other side"},
};

/* As weir_fail(), with the transport's place. */
#define FAIL(self, cx, ...)                                                                        \
    ((self)->transport.reader ? weir_fail_at((cx), (self)->transport.reader, __VA_ARGS__)          \
                              : weir_fail((cx), __VA_ARGS__))

static void tell_alert(struct weir_tls *self, weir_cx *cx, int number)
{
    FAIL(self, cx, WEIR_E_CLOSED, "the other side refused: %s (alert %d)",
         number == SSL_AD_CERTIFICATE_REQUIRED ? "certificate required" /* OpenSSL has no words */
                                               : SSL_alert_desc_string_long(number),
         number);
    cx->error.number = number;
    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
        if (alerts[i].number == number)
            cx->error.cure = alerts[i].cure;
}

static void tell_reason(struct weir_tls *self, weir_cx *cx, unsigned long error)
{
    int number = ERR_GET_REASON(error);
    for (size_t i = 0; i < sizeof tls_error_reasons / sizeof *tls_error_reasons; i++) {
        if (tls_error_reasons[i].number != number || ERR_GET_LIB(error) != ERR_LIB_SSL)
            continue;
        FAIL(self, cx, tls_error_reasons[i].code, "%s", tls_error_reasons[i].text);
        cx->error.cure = tls_error_reasons[i].cure;
        cx->error.number = number;
        return;
    }
    const char *text = ERR_reason_error_string(error);
    FAIL(self, cx, WEIR_E_CORRUPT, "TLS: %s", text ? text : "it failed, and nobody says why");
    cx->error.number = number;
}

static void tell_certificate(struct weir_tls *self, weir_cx *cx)
{
    cx->error = *self->failure;
    if (self->transport.reader)
        weir_reader_place(self->transport.reader, &cx->error);
}

weir_tls_step weir_tls_fail_step(struct weir_tls *self, weir_cx *cx)
{
    unsigned long error = ERR_peek_error();
    bool certificate = ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED;
    if (self->no_memory || !self->ssl || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
        FAIL(self, cx, WEIR_E_MEMORY, "no memory for TLS");
    else if (certificate && self->failure)
        tell_certificate(self, cx);
    else if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) > SSL_AD_REASON_OFFSET)
        tell_alert(self, cx, ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET);
    else
        tell_reason(self, cx, error);
    ERR_clear_error();
    return weir_tls_failed(self, cx);
}
#endif
