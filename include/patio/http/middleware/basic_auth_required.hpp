// SPDX-License-Identifier: MIT
#pragma once

// Names and passwords, as browsers ask for them.

#include <patio/base/config.hpp>
#include <patio/base/unique_function.hpp>
#include <patio/core/async.hpp>
#include <patio/http/middleware.hpp>

#include <concepts>
#include <string>
#include <utility>

namespace patio::http {

/// Whether somebody is who he says he is.
using credential_check = unique_function<async<bool>(std::string user, std::string password)>;

/// Lets in who has the right name and password, and answers 401 otherwise, so that a browser asks
/// for them. **Use** it over TLS only: both are sent in clear with each request.
///
/// ```
/// site.use(http::basic_auth_required([](std::string user, std::string password) {
///     return passwords.are_right(user, password);
/// }));
/// ```
///
/// The check is a function that returns `bool` or `async<bool>`: a good hash of a password takes
/// long, and belongs on a thread (`to_thread`). Whoever compares secrets himself does it in a time
/// that does not depend on where they differ.
/// **Fails** here with `errc::malformed` if the realm cannot be in a field.
/// **Source** RFC 7617; texts are taken for UTF-8.
[[nodiscard]] PATIO_EXPORT middleware basic_auth_required(credential_check check,
                                                          std::string realm = "this site");
template <class F>
    requires std::same_as<std::invoke_result_t<F&, std::string, std::string>, bool>
[[nodiscard]] middleware basic_auth_required(F check, std::string realm = "this site") {
    auto later = [check = std::move(check)](std::string user,
                                            std::string password) mutable -> async<bool> {
        co_return check(std::move(user), std::move(password));
    };
    return basic_auth_required(credential_check{std::move(later)}, std::move(realm));
}

}  // namespace patio::http
