// SPDX-License-Identifier: MIT

#include "openssl.hpp"

#include <cstdio>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace patio::tls {

std::string take_reason() {
    const unsigned long first = ERR_peek_error();
    std::string text = "unknown reason";
    if (const char* reason = ERR_reason_error_string(first)) {
        text = reason;
    } else if (first != 0) {
        char buffer[256];
        ERR_error_string_n(first, buffer, sizeof buffer);
        text = buffer;
    }
    ERR_clear_error();
    return text;
}

tls_error bad_setting(const std::string& doing) {
    return {errc::bad_setting, doing + ": " + take_reason()};
}

std::string name_text(const X509_NAME* name) {
    const owned_bio memory{BIO_new(BIO_s_mem())};
    if (memory == nullptr || X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253) < 0) {
        return {};
    }
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

namespace {

std::string address_text(const ASN1_OCTET_STRING& address) {
    const unsigned char* bytes = ASN1_STRING_get0_data(&address);
    const int size = ASN1_STRING_length(&address);
    std::string text;
    char part[8];
    for (int index = 0; index < size; index += size == 4 ? 1 : 2) {
        if (size == 4) {
            std::snprintf(part, sizeof part, index == 0 ? "%u" : ".%u", bytes[index]);
        } else if (index + 1 < size) {
            std::snprintf(part, sizeof part, index == 0 ? "%x" : ":%x",
                          bytes[index] * 256U + bytes[index + 1]);
        }
        text += part;
    }
    return text;
}

}  // namespace

std::vector<std::string> names_of(const X509& certificate) {
    std::vector<std::string> all;
    const owned<GENERAL_NAMES, &GENERAL_NAMES_free> names{static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr))};
    for (int index = 0; index < sk_GENERAL_NAME_num(names.get()); ++index) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), index);
        if (name->type == GEN_DNS) {
            const ASN1_IA5STRING* host = name->d.dNSName;
            all.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(host)),
                             static_cast<std::size_t>(ASN1_STRING_length(host)));
        } else if (name->type == GEN_IPADD) {
            all.push_back(address_text(*name->d.iPAddress));
        }
    }
    return all;
}

}  // namespace patio::tls
