// SPDX-License-Identifier: MIT
#pragma once

// Forms without files.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/http/query_params.hpp>
#include <patio/http/request.hpp>

#include <cstddef>

namespace patio::http {

/// How much a form may have. Each setter changes one thing and returns the object.
class PATIO_EXPORT form_limits {
public:
    form_limits() noexcept = default;

    /// Of the body. 1 MiB by default.
    form_limits& bytes_max(std::size_t count) noexcept {
        bytes_max_ = count;
        return *this;
    }
    /// 1000 by default: a field of two bytes takes more than sixty in memory.
    form_limits& fields_max(std::size_t count) noexcept {
        fields_max_ = count;
        return *this;
    }

private:
    friend class form_reader;
    std::size_t bytes_max_ = std::size_t{1} << 20;
    std::size_t fields_max_ = 1000;
};

/// Reads the body of a request as a form: application/x-www-form-urlencoded.
///
/// ```
/// auto reading = http::read_form(asked);
/// const http::query_params form = co_await std::move(reading);
/// const auto name = form.get("name");
/// ```
///
/// **Use** `read_multipart` for forms with files, multipart/form-data.
/// **Borrows** the request. **Fails** with `status_error`, which answers the request where nobody
/// catches it: 415 if it is no such form, 413 if it is beyond a limit, which it names.
/// **Cancel** what was read is lost.
[[nodiscard]] PATIO_EXPORT async<query_params> read_form(request& asked, form_limits limits = {});

}  // namespace patio::http
