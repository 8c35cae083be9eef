/* Certificates, made by OpenSSL itself. */

#ifdef WEIR_HAVE_OPENSSL
#include "certificates.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "doubles.h"

struct signer {
    X509 *certificate;
    EVP_PKEY *key;
};

static char *text_of(BIO *bio)
{
    char *bytes;
    long n = BIO_get_mem_data(bio, &bytes);
    char *text = strndup(bytes, (size_t)n);
    BIO_free(bio);
    return text;
}

static char *key_text(EVP_PKEY *key, const char *password)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (!PEM_write_bio_PKCS8PrivateKey(bio, key, password ? EVP_aes_128_cbc() : NULL, password,
                                       password ? (int)strlen(password) : 0, NULL, NULL))
        test_abort("no key");
    return text_of(bio);
}

static void extend(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    if (!extension || !X509_add_ext(certificate, extension, -1))
        test_abort("no extension %s", value);
    X509_EXTENSION_free(extension);
}

/* From and until as ASN1_TIME_set_string() has them. */
static struct signer make_of(EVP_PKEY *key, struct certificate *out, const struct signer *by,
                             const char *subject, const char *names, const char *from,
                             const char *until)
{
    static long serial;
    struct signer self = {X509_new(), key};
    X509_NAME *name = X509_get_subject_name(self.certificate);
    X509_set_version(self.certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(self.certificate), ++serial);
    ASN1_TIME_set_string(X509_getm_notBefore(self.certificate), from);
    ASN1_TIME_set_string(X509_getm_notAfter(self.certificate), until);
    X509_set_pubkey(self.certificate, self.key);
    if (*subject)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)subject, -1, -1,
                                   0);
    X509_set_issuer_name(self.certificate, by ? X509_get_subject_name(by->certificate) : name);
    extend(self.certificate, NID_basic_constraints, names ? "CA:FALSE" : "critical,CA:TRUE");
    if (names)
        extend(self.certificate, NID_subject_alt_name, names);
    if (!X509_sign(self.certificate, by ? by->key : self.key, EVP_sha256()))
        test_abort("no signature");
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, self.certificate);
    out->certificate = text_of(bio);
    out->key = key_text(self.key, NULL);
    return self;
}

static struct signer make(struct certificate *out, const struct signer *by, const char *subject,
                          const char *names, const char *from, const char *until)
{
    return make_of(EVP_EC_gen("P-256"), out, by, subject, names, from, until);
}

static char *both_of(const char *a, const char *b)
{
    char *text = malloc(strlen(a) + strlen(b) + 1);
    return strcat(strcpy(text, a), b);
}

static void forget(struct signer signer)
{
    X509_free(signer.certificate);
    EVP_PKEY_free(signer.key);
}

const struct certificates *certificates(void)
{
    static struct certificates all;
    static const char from[] = "20200101000000Z", until[] = "20990101000000Z";
    static const char long_names[] =
        "DNS:one.of.those.that.are.rather.long.example.org,DNS:another.example.org,"
        "DNS:third.example.org,DNS:fourth.example.org";
    static const char names[] = "DNS:example.org,DNS:*.example.org,IP:127.0.0.1";
    if (all.ca.key)
        return &all;
    struct signer ca = make(&all.ca, NULL, "the tests' CA", NULL, from, until);
    struct signer server = make(&all.server, &ca, "a server", names, from, until);
    all.encrypted_key = key_text(server.key, "secret");
    forget(server);
    forget(make(&all.other_ca, NULL, "another CA", NULL, from, until));
    forget(make(&all.expired, &ca, "a server", names, from, "20210102000000Z"));
    forget(make(&all.early, &ca, "a server", names, "21000101000000Z", "21010101000000Z"));
    forget(make(&all.self_signed, NULL, "a server", "DNS:example.org", from, until));
    forget(make(&all.client, &ca, "a client", "DNS:client", from, until));
    forget(make(&all.addressed, &ca, "a <b>server", "IP:127.0.0.1", from, until));
    forget(make(&all.nameless, &ca, "", "IP:127.0.0.1", from, until));
    forget(make(&all.long_named, &ca, "a server", long_names, from, until));
    forget(make_of(EVP_RSA_gen(512), &all.weak, &ca, "a server", names, from, until));
    all.chain = both_of(all.server.certificate, all.ca.certificate);
    forget(ca);
    return &all;
}
#endif
