// SPDX-License-Identifier: MIT

#include "certificates.hpp"

#include <cctype>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace patio::test_support {

namespace {

void check(bool is_good, const char* what) {
    if (!is_good) throw std::runtime_error{std::string{"cannot make a certificate: "} + what};
}

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

std::string text_of(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    const bio_ptr memory{BIO_new(BIO_s_mem()), &BIO_free};
    check(PEM_write_bio_X509(memory.get(), certificate) == 1, "writing it");
    return text_of(memory.get());
}

std::string pem_of(EVP_PKEY* key) {
    const bio_ptr memory{BIO_new(BIO_s_mem()), &BIO_free};
    check(PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "writing its key");
    return text_of(memory.get());
}

key_ptr make_key() {
    key_ptr key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
    check(key != nullptr, "its key");
    return key;
}

void add_extension(X509* to, X509* issuer, int which, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str());
    check(extension != nullptr, value.c_str());
    X509_add_ext(to, extension, -1);
    X509_EXTENSION_free(extension);
}

certificate_ptr make_certificate(const std::string& common_name, EVP_PKEY* key, X509* issuer,
                                 long first_second, long last_second) {
    certificate_ptr made{X509_new(), &X509_free};
    X509_set_version(made.get(), X509_VERSION_3);
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), serial >> 1U);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), first_second);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), last_second);
    X509_NAME* const subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
    X509_set_issuer_name(made.get(), issuer == nullptr ? subject : X509_get_subject_name(issuer));
    X509_set_pubkey(made.get(), key);
    return made;
}

std::string alternative_names(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) {
        const bool is_address = name.find(':') != std::string::npos ||
                                std::isdigit(static_cast<unsigned char>(name.back())) != 0;
        if (!all.empty()) all += ",";
        all += (is_address ? "IP:" : "DNS:") + name;
    }
    return all;
}

constexpr long day = 24L * 60 * 60;

}  // namespace

std::string identity::encrypted_key(const std::string& password) const {
    const bio_ptr source{BIO_new_mem_buf(key.data(), static_cast<int>(key.size())), &BIO_free};
    const key_ptr open{PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr),
                       &EVP_PKEY_free};
    const bio_ptr memory{BIO_new(BIO_s_mem()), &BIO_free};
    check(
        PEM_write_bio_PKCS8PrivateKey(memory.get(), open.get(), EVP_aes_128_cbc(), password.data(),
                                      static_cast<int>(password.size()), nullptr, nullptr) == 1,
        "locking its key");
    return text_of(memory.get());
}

struct authority::keys {
    key_ptr key = make_key();
    certificate_ptr certificate{nullptr, &X509_free};
};

authority::authority(const std::string& name) : keys_{new keys} {
    EVP_PKEY* const key = keys_->key.get();
    keys_->certificate = make_certificate(name, key, nullptr, -day, 10 * day);
    X509* const certificate = keys_->certificate.get();
    add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
    check(X509_sign(certificate, key, EVP_sha256()) > 0, "signing it");
    pem_ = pem_of(certificate);
}

authority::~authority() = default;

identity authority::issue(const certificate_request& what) const {
    X509* const issuer = keys_->certificate.get();
    const key_ptr key = make_key();
    const certificate_ptr made =
        make_certificate(what.common_name_, key.get(), issuer, what.is_expired_ ? -9 * day : -day,
                         what.is_expired_ ? -day : 9 * day);
    add_extension(made.get(), issuer, NID_basic_constraints, "CA:FALSE");
    add_extension(made.get(), issuer, NID_authority_key_identifier, "keyid");
    if (!what.names_.empty()) {
        add_extension(made.get(), issuer, NID_subject_alt_name, alternative_names(what.names_));
    }
    check(X509_sign(made.get(), keys_->key.get(), EVP_sha256()) > 0, "signing it");
    return {pem_of(made.get()), pem_of(key.get())};
}

}  // namespace patio::test_support
