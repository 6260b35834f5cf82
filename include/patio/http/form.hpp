// SPDX-License-Identifier: MIT
#pragma once

// What an HTML form without files sends.

#include <patio/base/config.hpp>
#include <patio/http/content.hpp>
#include <patio/http/query_params.hpp>

#include <string>
#include <utility>

namespace patio::http {

/// Names and values as a body of application/x-www-form-urlencoded.
///
/// ```
/// co_await client.post(url, http::form{}.add("user", "x").add("page", "2"));
/// ```
///
/// **Use** `multipart` if there are files among them.
class form {
public:
    form() noexcept = default;
    explicit form(query_params params) noexcept : params_{std::move(params)} {}

    /// Adds a pair at the end.
    form& add(std::string name, std::string value) & {
        params_.append(std::move(name), std::move(value));
        return *this;
    }
    form&& add(std::string name, std::string value) && {
        return std::move(add(std::move(name), std::move(value)));
    }

    [[nodiscard]] const query_params& params() const noexcept { return params_; }
    operator content() const {  // NOLINT: `post(url, form)` is the point
        return content{http::body{params_.to_string()}, "application/x-www-form-urlencoded"};
    }

private:
    query_params params_;
};

}  // namespace patio::http
