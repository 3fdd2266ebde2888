// The plain functions of digests are called old since OpenSSL 3.0, but each use of the new ones allocates.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/md5.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// Swift sees functions, not macros: each of these is one of OpenSSL's macros under another name.

static inline uint64_t openssl_options_common(void) {
    return SSL_OP_ALL | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF;
}
static inline uint64_t openssl_option_server_preference(void) {
    return SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
}
static inline uint64_t openssl_option_no_ticket(void) { return SSL_OP_NO_TICKET; }
static inline uint64_t openssl_option_no_version(int version) {
    switch (version) {
    case SSL3_VERSION: return SSL_OP_NO_SSLv3;
    case TLS1_VERSION: return SSL_OP_NO_TLSv1;
    case TLS1_1_VERSION: return SSL_OP_NO_TLSv1_1;
    case TLS1_2_VERSION: return SSL_OP_NO_TLSv1_2;
    default: return SSL_OP_NO_TLSv1_3;
    }
}
static inline void openssl_set_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                  | SSL_MODE_RELEASE_BUFFERS
                                  // A chain is what its file holds; authorities are for verifying the other side.
                                  | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_read_ahead(context, 1);
}
static inline int openssl_set_versions(SSL_CTX *context, int least, int most) {
    return (int)SSL_CTX_set_min_proto_version(context, least)
           && (int)SSL_CTX_set_max_proto_version(context, most);
}
static inline int openssl_set_versions_of_session(SSL *ssl, int least, int most) {
    return (int)SSL_set_min_proto_version(ssl, least) && (int)SSL_set_max_proto_version(ssl, most);
}
static inline long openssl_set_groups(SSL_CTX *context, const char *list) {
    return SSL_CTX_set1_groups_list(context, list);
}
static inline long openssl_set_sigalgs(SSL_CTX *context, const char *list) {
    return SSL_CTX_set1_sigalgs_list(context, list);
}
static inline long openssl_set_client_sigalgs(SSL_CTX *context, const char *list) {
    return SSL_CTX_set1_client_sigalgs_list(context, list);
}
static inline void openssl_set_server_cache(SSL_CTX *context, long sessions) {
    SSL_CTX_set_session_cache_mode(context, sessions > 0 ? SSL_SESS_CACHE_SERVER : SSL_SESS_CACHE_OFF);
    SSL_CTX_sess_set_cache_size(context, sessions);
}
static inline void openssl_set_client_cache(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}
static inline long openssl_add_chain(SSL_CTX *context, X509 *certificate) {
    return SSL_CTX_add1_chain_cert(context, certificate);
}
static inline void openssl_set_automatic_dh(SSL_CTX *context) { SSL_CTX_set_dh_auto(context, 1); }
static inline long openssl_set_server_name(SSL *ssl, const char *name) {
    return SSL_set_tlsext_host_name(ssl, name);
}
static inline long openssl_set_ticket_keys(SSL_CTX *context, void *keys, long count) {
    return SSL_CTX_set_tlsext_ticket_keys(context, keys, count);
}
static inline int openssl_new_session_index(void) {
    return SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}
static inline int openssl_new_owning_session_index(CRYPTO_EX_free *release) {
    return SSL_get_ex_new_index(0, NULL, NULL, NULL, release);
}
static inline int openssl_new_context_index(void) {
    return SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}
static inline void openssl_set_message_argument(SSL_CTX *context, void *argument) {
    SSL_CTX_set_msg_callback_arg(context, argument);
}
// Bytes of a record that the client agreed to, RFC 6066 4; 0: it did not ask.
static inline long openssl_agreed_record_limit(const SSL *ssl) {
    const SSL_SESSION *session = SSL_get_session(ssl);
    int mode = session ? SSL_SESSION_get_max_fragment_length(session) : 0;
    return mode >= TLSEXT_max_fragment_length_512 && mode <= TLSEXT_max_fragment_length_4096 ? 256L << mode : 0;
}
static inline void openssl_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void openssl_retry_write(BIO *bio) { BIO_set_retry_write(bio); }
static inline void openssl_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
// Whether the last call on a session has to wait for its socket. As SSL_get_error, but whatever the error queue holds.
static inline int openssl_waits(const SSL *ssl, const BIO *bio) {
    int wanted = SSL_want(ssl);
    return (wanted == SSL_READING || wanted == SSL_WRITING) && BIO_should_retry(bio);
}
static inline X509 *openssl_peer_certificate(const SSL *ssl) { return SSL_get1_peer_certificate(ssl); }
static inline int openssl_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline const ASN1_IA5STRING *openssl_dns_name(const GENERAL_NAMES *names, int index) {
    GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    return name->type == GEN_DNS ? name->d.dNSName : NULL;
}
static inline const char *openssl_version_name(const SSL *ssl) { return SSL_get_version(ssl); }
static inline const char *openssl_cipher_name(const SSL *ssl) { return SSL_get_cipher_name(ssl); }
static inline int openssl_error_reason(unsigned long code) { return ERR_GET_REASON(code); }
static inline long openssl_set_groups_of_session(SSL *ssl, const char *list) {
    return SSL_set1_groups_list(ssl, list);
}
static inline long openssl_set_sigalgs_of_session(SSL *ssl, const char *list) {
    return SSL_set1_sigalgs_list(ssl, list);
}
static inline long openssl_set_client_sigalgs_of_session(SSL *ssl, const char *list) {
    return SSL_set1_client_sigalgs_list(ssl, list);
}
static inline void openssl_set_status_callback(SSL_CTX *context, int (*callback)(SSL *, void *)) {
    SSL_CTX_set_tlsext_status_cb(context, callback);
}
static inline long openssl_set_status_response(SSL *ssl, void *bytes, long count) {
    return SSL_set_tlsext_status_ocsp_resp(ssl, bytes, count);
}
static inline long openssl_get_ticket_keys(SSL_CTX *context, void *keys, long count) {
    return SSL_CTX_get_tlsext_ticket_keys(context, keys, count);
}
typedef int (*openssl_ticket_callback)(SSL *, unsigned char *, unsigned char *, EVP_CIPHER_CTX *,
                                       EVP_MAC_CTX *, int);
static inline void openssl_set_ticket_callback(SSL_CTX *context, openssl_ticket_callback callback) {
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, callback);
}
// Keys of 16 or 32 bytes, for AES-CBC and HMAC-SHA256.
static inline int openssl_begin_ticket(EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                                       const unsigned char *cipher_key, const unsigned char *mac_key,
                                       int size, const unsigned char *iv, int encrypts) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)mac_key, (size_t)size),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"sha256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, parameters) == 1
           && EVP_CipherInit_ex(cipher, size == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc(), NULL,
                                cipher_key, iv, encrypts) == 1;
}
static inline int openssl_print_name(BIO *bio, const GENERAL_NAMES *names, int index) {
    return GENERAL_NAME_print(bio, sk_GENERAL_NAME_value(names, index));
}
static inline long openssl_memory(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }
static inline int openssl_revoked_count(X509_CRL *list) {
    return sk_X509_REVOKED_num(X509_CRL_get_REVOKED(list));
}
static inline long openssl_curve(SSL *ssl) { return SSL_get_negotiated_group(ssl); }
static inline int openssl_peer_chain_count(const SSL *ssl) { return sk_X509_num(SSL_get_peer_cert_chain(ssl)); }
static inline X509 *openssl_peer_chain(const SSL *ssl, int index) {
    return sk_X509_value(SSL_get_peer_cert_chain(ssl), index);
}
static inline int openssl_verified_chain_count(const SSL *ssl) { return sk_X509_num(SSL_get0_verified_chain(ssl)); }
static inline X509 *openssl_verified_chain(const SSL *ssl, int index) {
    return sk_X509_value(SSL_get0_verified_chain(ssl), index);
}
static inline int openssl_policy_count(const CERTIFICATEPOLICIES *list) { return sk_POLICYINFO_num(list); }
static inline const ASN1_OBJECT *openssl_policy(const CERTIFICATEPOLICIES *list, int index) {
    return sk_POLICYINFO_value(list, index)->policyid;
}
static inline void openssl_free_policies(CERTIFICATEPOLICIES *list) { CERTIFICATEPOLICIES_free(list); }
static inline unsigned long openssl_rfc2253(void) { return XN_FLAG_RFC2253; }
static inline X509_REVOKED *openssl_revoked(X509_CRL *list, int index) {
    return sk_X509_REVOKED_value(X509_CRL_get_REVOKED(list), index);
}
