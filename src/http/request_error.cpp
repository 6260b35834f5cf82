// SPDX-License-Identifier: MIT

#include <patio/http/request_error.hpp>

#include <array>
#include <cstdio>
#include <utility>

namespace patio::http {

namespace {

std::string seconds_text(duration length) {
    std::array<char, 32> text{};
    const int count = std::snprintf(text.data(), text.size(), "%.1f s", length.in_seconds());
    return {text.data(), static_cast<std::size_t>(count)};
}

}  // namespace

const char* to_text(request_phase phase) noexcept {
    switch (phase) {
        case request_phase::queued:
            return "waiting for a free connection";
        case request_phase::resolving:
            return "resolving the host";
        case request_phase::connecting:
            return "connecting";
        case request_phase::handshake:
            return "starting TLS";
        case request_phase::sending:
            return "sending the request";
        case request_phase::waiting:
            return "waiting for the response";
        case request_phase::redirecting:
            return "following a redirect";
        case request_phase::reading:
            break;
    }
    return "reading the response";
}

request_error::asked::asked(std::string method, std::string url) noexcept
    : method_{std::move(method)}, url_{std::move(url)} {}

std::string request_error::asked::text() const { return method_ + " " + url_; }

request_error::request_error(std::error_code code, const asked& what, request_phase phase,
                             const std::string& cause, duration elapsed)
    : error{code, what.text() + ": " + to_text(phase)},
      method_{what.method_.c_str()},
      url_{what.url_.c_str()},
      phase_{phase},
      elapsed_{elapsed} {
    const std::string all = what.text() + ": " + to_text(phase) + ": " + cause + " (after " +
                            seconds_text(elapsed) + ")";
    what_ = shared_text{all.c_str()};
}

request_error::~request_error() = default;

}  // namespace patio::http
