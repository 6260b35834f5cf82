// SPDX-License-Identifier: MIT
#pragma once

// One line for each request.

#include <patio/base/config.hpp>
#include <patio/base/unique_function.hpp>
#include <patio/http/middleware.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace patio::http {

/// What a line looks like.
enum class access_log_format : std::uint8_t {
    /// `192.0.2.1 GET /notes/7 200 12 1.3ms`
    brief,
    /// Apache's and nginx's "combined", which many programs read, with the duration behind it:
    /// `192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] "GET / HTTP/1.1" 200 12 "-" "curl/8" 1.3ms`
    combined,
};

/// Each setter changes one thing and returns the object.
class PATIO_EXPORT access_log_options {
public:
    access_log_options() noexcept = default;

    access_log_options& format(access_log_format format) & noexcept {
        format_ = format;
        return *this;
    }
    access_log_options&& format(access_log_format format) && noexcept {
        return std::move(this->format(format));
    }
    /// Gets each line, without its end; standard error does otherwise. It must not throw.
    access_log_options& sink(unique_function<void(std::string_view)> target) & noexcept {
        sink_ = std::move(target);
        return *this;
    }
    access_log_options&& sink(unique_function<void(std::string_view)> target) && noexcept {
        return std::move(sink(std::move(target)));
    }

private:
    friend class access_logger;
    access_log_format format_ = access_log_format::brief;
    unique_function<void(std::string_view)> sink_;
};

/// Writes a line for each request: who asked for what, the status, the bytes of the body, how long
/// it took. **Use** it as the outermost middleware.
///
/// ```
/// site.use(http::access_log());
/// ```
///
/// At the end of a line stands what did not go well: `cancelled`, nobody waits for the answer any
/// more, since the client has gone or a limit has passed; `failed`, the handler or the body threw
/// something; `cut`, the body was not sent to its end. A status that nobody has decided is `-`.
///
/// A body whose bytes are there, a text or a file, is logged when the handler has answered, with
/// its length; one that comes while it is sent when its last byte has come.
///
/// Quotes, backslashes and control characters of a request are written as `\x22`: no request makes
/// two lines, or a line that says something else.
[[nodiscard]] PATIO_EXPORT middleware access_log(access_log_options options = {});

}  // namespace patio::http
