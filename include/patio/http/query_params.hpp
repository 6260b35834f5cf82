// SPDX-License-Identifier: MIT
#pragma once

// Names and values as queries and HTML forms carry them: application/x-www-form-urlencoded.

#include <patio/base/config.hpp>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patio::http {

/// A name and its value, decoded.
using query_param = std::pair<std::string, std::string>;

/// Reads `a=1&b=two+words`: plus signs are spaces, `%XX` are bytes, a name without `=` has an empty
/// value, and empty parts between `&` are left out.
///
/// No text is malformed. Bytes stay as they are: the standard would put U+FFFD where they are no
/// UTF-8.
/// **Source** WHATWG URL Standard, section 5.1. **Cost** what it returns: up to one pair for every
/// two bytes, so bound the text that a stranger sends.
[[nodiscard]] PATIO_EXPORT std::vector<query_param> form_decode(std::string_view text);

/// Writes pairs as `form_decode` reads them. **Source** WHATWG URL Standard, section 5.2.
[[nodiscard]] PATIO_EXPORT std::string form_encode(const std::vector<query_param>& params);

/// The parameters of a query, or the fields of a form, in their order.
///
/// ```
/// auto params = patio::http::query_params::parse(url.query());
/// params.set("page", "2");
/// const auto next = url.with_query(params.to_string());
/// ```
///
/// Names may occur more than once and are told apart by case.
/// **Cost** a vector: looking up a name compares it with all.
class PATIO_EXPORT query_params {
public:
    using const_iterator = std::vector<query_param>::const_iterator;

    query_params() noexcept = default;
    query_params(std::initializer_list<query_param> params) : params_{params} {}
    explicit query_params(std::vector<query_param> params) noexcept : params_{std::move(params)} {}

    /// Reads a query without its `?`, or the body of a form; see `form_decode`.
    [[nodiscard]] static query_params parse(std::string_view text) {
        return query_params{form_decode(text)};
    }
    /// The text for a query or a body; see `form_encode`.
    [[nodiscard]] std::string to_string() const { return form_encode(params_); }

    /// Adds a pair at the end, also if the name is there.
    void append(std::string name, std::string value) {
        params_.emplace_back(std::move(name), std::move(value));
    }
    /// Gives the name this one value: at its first place, or at the end if it has none.
    void set(std::string_view name, std::string value);
    /// Takes all values of the name away. **Returns** how many there were.
    std::size_t erase(std::string_view name);

    /// The first value of the name. **Borrows** from this object until it changes.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;
    /// All values of the name. **Borrows** as `get`.
    [[nodiscard]] std::vector<std::string_view> get_all(std::string_view name) const;
    [[nodiscard]] bool contains(std::string_view name) const noexcept {
        return get(name).has_value();
    }

    [[nodiscard]] std::size_t size() const noexcept { return params_.size(); }
    [[nodiscard]] bool empty() const noexcept { return params_.empty(); }
    [[nodiscard]] const_iterator begin() const noexcept { return params_.begin(); }
    [[nodiscard]] const_iterator end() const noexcept { return params_.end(); }

    friend bool operator==(const query_params&, const query_params&) noexcept = default;

private:
    std::vector<query_param> params_;
};

}  // namespace patio::http
