// SPDX-License-Identifier: MIT

// Any text is a URL or is refused; what is one is written as a text that has the same parts, also
// when it was resolved against a base, or changed. What lies behind the first line is the base.

#include <patio/core/error.hpp>
#include <patio/http/percent_encoding.hpp>
#include <patio/http/query_params.hpp>
#include <patio/http/url.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using patio::http::url;

void require(bool holds) {
    if (!holds) std::abort();
}

/// Every way to look at a URL, and that it is canonical.
void check_parts(const url& made) {
    const auto again = url::try_parse(made.href());
    require(again.has_value());
    require(*again == made);
    require(again->scheme() == made.scheme() && again->username() == made.username());
    require(again->password() == made.password() && again->host() == made.host());
    require(again->host_kind() == made.host_kind() && again->port() == made.port());
    require(again->path() == made.path() && again->has_opaque_path() == made.has_opaque_path());
    require(again->has_query() == made.has_query() && again->query() == made.query());
    require(again->has_fragment() == made.has_fragment());
    require(again->fragment() == made.fragment() && again->is_special() == made.is_special());
    require(made.href().size() <= patio::http::url_bytes_max);
    const auto& href = made.href();
    require(std::all_of(href.begin(), href.end(), [](char c) { return c >= ' ' && c < 0x7F; }));
    if (made.is_special()) {
        require(made.target().starts_with('/'));
        require(href.find(' ') == std::string::npos);
    }
    const std::string origin = made.origin();
    if (origin != "null" && made.scheme() != "blob") {
        require(url::parse(origin).origin() == origin);
        require(url::parse(origin).port_or_default() == made.port_or_default());
    }
}

template <class F>
void check_change(const F& change) {
    try {
        check_parts(change());
    } catch (const patio::error&) {  // one of the ways
    }
}

void check_changes(const url& made, std::string_view text) {
    check_change([&] { return made.with_scheme(text.substr(0, text.find(':'))); });
    check_change([&] { return made.with_user(text, text); });
    check_change([&] { return made.with_user("", ""); });
    check_change([&] { return made.with_host(text); });
    check_change([&] { return made.with_port(std::uint16_t{443}); });
    check_change([&] { return made.with_port(std::nullopt); });
    check_change([&] { return made.with_path(text); });
    check_change([&] { return made.with_query(text); });
    check_change([&] { return made.without_query(); });
    check_change([&] { return made.with_fragment(text); });
    check_change([&] { return made.without_fragment(); });
    check_change([&] { return made.without_query().without_fragment(); });
}

void check_helpers(std::string_view text) {
    using patio::http::percent_set;
    require(patio::http::percent_decode(percent_encode(text, percent_set::component)) == text);
    require(patio::http::percent_decode(text).size() <= text.size());
    const auto params = patio::http::query_params::parse(text);
    require(patio::http::query_params::parse(params.to_string()) == params);
}

void check(std::string_view input) {
    const std::string_view text = input.substr(0, input.find('\n'));
    const std::string_view rest = input.substr(std::min(text.size() + 1, input.size()));
    check_helpers(text);
    const auto made = url::try_parse(text);
    if (!made) require(made.problem().position <= text.size());
    if (made) {
        check_parts(*made);
        check_changes(*made, rest);
    }
    const auto base = url::try_parse(rest);
    if (!base) return;
    const auto resolved = base->try_resolve(text);
    if (resolved) check_parts(*resolved);
    if (resolved) require(*base->try_resolve(resolved->href()) == *resolved);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({reinterpret_cast<const char*>(data), size});
    return 0;
}
