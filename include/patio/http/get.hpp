// SPDX-License-Identifier: MIT
#pragma once

// Single requests, for those who ask a server once.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/http/client_options.hpp>
#include <patio/http/content.hpp>
#include <patio/http/request.hpp>
#include <patio/http/response.hpp>

#include <string_view>

namespace patio::http {

/// Asks once: what `client{options}` does, with a connection of its own.
///
/// ```
/// http::response page = co_await http::get("https://example.org/");
/// std::string text = co_await page.raise_for_status().text();
/// ```
///
/// **Use** a `client` for several requests: it keeps connections and cookies.
/// **Fails**, **Cancel** as a client's.
[[nodiscard]] PATIO_EXPORT async<response> get(std::string_view url, client_options options = {});
[[nodiscard]] PATIO_EXPORT async<response> head(std::string_view url, client_options options = {});
[[nodiscard]] PATIO_EXPORT async<response> post(std::string_view url, content sent,
                                                client_options options = {});
[[nodiscard]] PATIO_EXPORT async<response> put(std::string_view url, content sent,
                                               client_options options = {});
[[nodiscard]] PATIO_EXPORT async<response> patch(std::string_view url, content sent,
                                                 client_options options = {});
[[nodiscard]] PATIO_EXPORT async<response> del(std::string_view url, client_options options = {});
[[nodiscard]] PATIO_EXPORT async<response> send(request asked, client_options options = {});

}  // namespace patio::http
