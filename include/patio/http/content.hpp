// SPDX-License-Identifier: MIT
#pragma once

// What a request carries, with the name of its kind.

#include <patio/base/config.hpp>
#include <patio/http/body.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace patio::http {

/// A body and its media type: what `client::post` and its likes take. Texts and bodies are such
/// contents without a type, `form` and `multipart` become ones with theirs.
///
/// ```
/// co_await client.post(url, http::content::json(R"({"name": "x"})"));
/// co_await client.put(url, http::content{co_await http::body::from_file(path), "image/png"});
/// ```
class PATIO_EXPORT content {
public:
    /// None.
    content() noexcept = default;
    content(http::body bytes) noexcept : body_{std::move(bytes)} {}  // NOLINT: a body is one
    content(std::string text) noexcept : body_{std::move(text)} {}   // NOLINT: so is a text
    content(std::string_view text) : body_{text} {}                  // NOLINT: as above
    content(const char* text) : body_{text} {}                       // NOLINT: as above
    content(http::body bytes, std::string media_type) noexcept
        : body_{std::move(bytes)}, media_type_{std::move(media_type)} {}
    /// A document of application/json.
    [[nodiscard]] static content json(std::string document) {
        return content{http::body{std::move(document)}, "application/json"};
    }

    [[nodiscard]] http::body& body() noexcept { return body_; }
    /// Empty if it is not known.
    [[nodiscard]] const std::string& media_type() const noexcept { return media_type_; }

private:
    http::body body_;
    std::string media_type_;
};

}  // namespace patio::http
