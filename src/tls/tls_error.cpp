// SPDX-License-Identifier: MIT

#include <patio/tls/tls_error.hpp>

namespace patio::tls {

namespace {

class category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "patio.tls"; }
    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<errc>(code)) {
            case errc::verify_failed:
                return "the certificate does not prove who the other side is";
            case errc::refused:
                return "the other side has refused to go on";
            case errc::protocol_error:
                return "the other side does not speak TLS as it should";
            case errc::bad_setting:
                return "the setting cannot be used";
        }
        return "unknown error " + std::to_string(code);
    }
};

shared_text to_shared(const std::string& text) { return {text.c_str(), text.size()}; }

std::string verify_failed(const std::string& reason, const std::string& host,
                          const std::string& details) {
    std::string what = "certificate verify failed: " + reason + " for " + host;
    if (!details.empty()) what += " (" + details + ")";
    return what;
}

}  // namespace

const std::error_category& error_category() noexcept {
    static const category one;
    return one;
}

std::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), error_category()};
}

tls_error::tls_error(errc code, const std::string& what)
    : error{make_error_code(code), what}, what_{to_shared(what)} {}
tls_error::~tls_error() = default;

certificate_error::certificate_error(const std::string& reason, const std::string& host,
                                     const std::string& details)
    : tls_error{errc::verify_failed, verify_failed(reason, host, details)},
      reason_{to_shared(reason)},
      host_{to_shared(host)} {}
certificate_error::~certificate_error() = default;

}  // namespace patio::tls
