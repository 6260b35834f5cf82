// SPDX-License-Identifier: MIT

#include <patio/http/url.hpp>

#include "url_host.hpp"
#include "url_parser.hpp"

#include <patio/core/error.hpp>

#include <algorithm>

namespace patio::http {

namespace {

/// The text as a message may show it: short, on one line, without what may be a password.
std::string show(std::string_view text) {
    constexpr std::size_t shown_bytes_max = 200;
    std::string shown;
    const auto at_sign = text.rfind('@');
    if (at_sign != std::string_view::npos) {
        const auto colon = text.find(':');
        const auto user = colon < at_sign ? text.find_first_not_of("/\\", colon + 1) : 0;
        shown.append(text, 0, user);
        shown += "***";
        text.remove_prefix(at_sign);
    }
    shown += text.substr(0, shown_bytes_max);
    if (shown.size() > shown_bytes_max) {
        shown.resize(shown_bytes_max);
        shown += "...";
    }
    for (char& c : shown) {
        if (static_cast<unsigned char>(c) < 0x20 || c == '\x7F') c = '?';
    }
    return shown;
}

[[noreturn]] void throw_problem(const char* what, std::string_view text, url_problem problem) {
    if (problem.fault == url_fault::too_long) throw limit_exceeded{"url_bytes_max", url_bytes_max};
    throw error{errc::malformed, std::string{what} + " \"" + show(text) +
                                     "\": " + to_text(problem.fault) + " at position " +
                                     std::to_string(problem.position)};
}

url value_or_throw(url_result&& result, std::string_view text) {
    if (!result) throw_problem("URL", text, result.problem());
    return *std::move(result);
}

}  // namespace

const char* to_text(url_fault fault) noexcept {
    switch (fault) {
        case url_fault::none:
            break;
        case url_fault::too_long:
            return "too long";
        case url_fault::no_scheme:
            return "no scheme";
        case url_fault::opaque_base:
            return "the base has no path to resolve against";
        case url_fault::bad_scheme:
            return "not a scheme for this URL";
        case url_fault::no_host:
            return "no host";
        case url_fault::bad_host:
            return "a character that no host has";
        case url_fault::non_ascii_host:
            return "a host beyond ASCII (write its xn-- form)";
        case url_fault::bad_ipv4:
            return "not an IPv4 address";
        case url_fault::bad_ipv6:
            return "not an IPv6 address in brackets";
        case url_fault::bad_port:
            return "not a port";
        case url_fault::no_such_part:
            return "this URL has no such part";
    }
    return "no fault";
}

url_result url::try_parse(std::string_view text) {
    return detail::url_parser{text, nullptr}.parse();
}

url_result url::try_parse(std::string_view text, const url& base) {
    return detail::url_parser{text, &base}.parse();
}

url url::parse(std::string_view text) { return value_or_throw(try_parse(text), text); }

url url::parse(std::string_view text, const url& base) {
    return value_or_throw(try_parse(text, base), text);
}

url url::resolve(std::string_view relative) const { return parse(relative, *this); }

url_result url::try_resolve(std::string_view relative) const { return try_parse(relative, *this); }

std::string_view url::username() const noexcept { return part(at_.user, at_.user_end); }

std::string_view url::password() const noexcept {
    const bool has_any = has_user() && href_[at_.user_end] == ':';
    return has_any ? part(at_.user_end + 1U, at_.host_begin - 1U) : std::string_view{};
}

std::string_view url::host_bare() const noexcept {
    if (at_.kind != url_host::ipv6) return host();
    return part(at_.host_begin + 1U, at_.host_end - 1U);
}

std::uint16_t url::port_or_default() const noexcept {
    return at_.has_port ? at_.port : default_port(scheme());
}

std::uint16_t url::default_port(std::string_view scheme) noexcept {
    return detail::default_port_of(detail::kind_of_scheme(scheme));
}

std::string url::origin() const {
    if (scheme() == "blob") {
        // The URL inside cannot be another blob's: it is one of two schemes.
        const url_result inside = try_parse(path());
        const bool has_origin =
            inside && (inside->scheme() == "http" || inside->scheme() == "https");
        return has_origin ? inside->origin() : "null";
    }
    if (!is_special() || scheme() == "file") return "null";
    std::string text{scheme()};
    text += "://";
    text += host_and_port();
    return text;
}

detail::url_pieces url::pieces() const {
    detail::url_pieces pieces{.scheme = scheme(),
                              .username = username(),
                              .password = password(),
                              .host = host(),
                              .kind = at_.kind,
                              .port = port(),
                              .path = path(),
                              .is_opaque = at_.is_opaque,
                              .query = {},
                              .fragment = {}};
    if (has_query()) pieces.query = query();
    if (has_fragment()) pieces.fragment = fragment();
    return pieces;
}

url url::compose(const detail::url_pieces& pieces) {
    url made;
    std::string& text = made.href_;
    offsets& at = made.at_;
    const auto written = [&text] { return static_cast<std::uint32_t>(text.size()); };
    const auto scheme = detail::kind_of_scheme(pieces.scheme);
    at.kind = pieces.kind;
    at.is_special = scheme != detail::scheme_kind::other;
    at.is_opaque = pieces.is_opaque;
    text = pieces.scheme;
    at.scheme_end = written();
    text += pieces.kind == url_host::none ? ":" : "://";
    at.user = written();
    text += pieces.username;
    at.user_end = written();
    if (!pieces.password.empty()) (text += ':') += pieces.password;
    if (at.user != written()) text += '@';
    at.host_begin = written();
    text += pieces.host;
    at.host_end = written();
    if (pieces.port && !(at.is_special && *pieces.port == detail::default_port_of(scheme))) {
        at.has_port = true;
        at.port = *pieces.port;
        (text += ':') += std::to_string(at.port);
    }
    if (pieces.kind == url_host::none && pieces.path.starts_with("//")) text += "/.";
    at.path = written();
    text += pieces.path;
    at.path_end = written();
    if (pieces.query) (text += '?') += *pieces.query;
    at.query_end = written();
    if (pieces.fragment) (text += '#') += *pieces.fragment;
    if (text.size() > url_bytes_max) throw limit_exceeded{"url_bytes_max", url_bytes_max};
    return made;
}

url url::with_scheme(std::string_view scheme) const {
    std::string lower{scheme};
    for (char& c : lower)
        c = detail::to_lower(c);
    const bool is_scheme = !lower.empty() && detail::is_alpha(lower.front()) &&
                           std::all_of(lower.begin(), lower.end(), detail::is_scheme_character);
    const auto kind = detail::kind_of_scheme(lower);
    // A file has paths and hosts of its own kind.
    const bool fits = is_special() == (kind != detail::scheme_kind::other) &&
                      (this->scheme() == "file") == (kind == detail::scheme_kind::file);
    if (empty() || !is_scheme || !fits) throw_problem("scheme", scheme, {url_fault::bad_scheme, 0});
    detail::url_pieces pieces = this->pieces();
    pieces.scheme = lower;
    return compose(pieces);
}

url url::with_user(std::string_view username, std::string_view password) const {
    const std::string name = percent_encode(username, percent_set::userinfo);
    const std::string word = percent_encode(password, percent_set::userinfo);
    if (name.empty() && word.empty() && !has_user()) return *this;
    if (host().empty() || scheme() == "file") {
        throw_problem("URL", href_, {url_fault::no_such_part, at_.host_begin});
    }
    detail::url_pieces pieces = this->pieces();
    pieces.username = name;
    pieces.password = word;
    return compose(pieces);
}

url url::with_host(std::string_view host) const {
    if (empty() || at_.is_opaque) {
        throw_problem("URL", href_, {url_fault::no_such_part, at_.host_begin});
    }
    std::string text;
    const auto outcome = detail::append_host(text, host, is_special());
    if (outcome.fault != url_fault::none) {
        throw_problem("host", host, {outcome.fault, outcome.position});
    }
    detail::url_pieces pieces = this->pieces();
    pieces.kind = outcome.kind;
    if (scheme() == "file") {
        if (text == "localhost") text.clear();
        if (text.empty()) pieces.kind = url_host::empty;
    } else if (text.empty() && (is_special() || has_user() || at_.has_port)) {
        throw_problem("host", host, {url_fault::no_host, 0});
    }
    pieces.host = text;
    return compose(pieces);
}

url url::with_port(std::optional<std::uint16_t> port) const {
    if (!port && !at_.has_port) return *this;
    if (host().empty() || scheme() == "file") {
        throw_problem("URL", href_, {url_fault::no_such_part, at_.host_end});
    }
    detail::url_pieces pieces = this->pieces();
    pieces.port = port;
    return compose(pieces);
}

url url::with_path(std::string_view path) const {
    if (empty() || at_.is_opaque) {
        throw_problem("URL", href_, {url_fault::no_such_part, at_.path});
    }
    const bool has_slash = path.starts_with('/') || (is_special() && path.starts_with('\\'));
    std::string text;
    if (is_special() || !path.empty() || !has_host()) {
        const auto kind = detail::kind_of_scheme(scheme());
        detail::append_segments(text, 0, path.substr(has_slash ? 1 : 0), kind);
    }
    detail::url_pieces pieces = this->pieces();
    pieces.path = text;
    return compose(pieces);
}

url url::with_query(std::string_view query) const {
    if (empty()) throw_problem("URL", href_, {url_fault::no_such_part, 0});
    const auto set = is_special() ? percent_set::special_query : percent_set::query;
    const std::string text = percent_encode(query, set);
    detail::url_pieces pieces = this->pieces();
    pieces.query = text;
    return compose(pieces);
}

url url::without_query() const {
    if (!has_query()) return *this;
    detail::url_pieces pieces = this->pieces();
    pieces.query.reset();
    return compose(pieces);
}

url url::with_fragment(std::string_view fragment) const {
    if (empty()) throw_problem("URL", href_, {url_fault::no_such_part, 0});
    const std::string text = percent_encode(fragment, percent_set::fragment);
    detail::url_pieces pieces = this->pieces();
    pieces.fragment = text;
    return compose(pieces);
}

url url::without_fragment() const {
    if (!has_fragment()) return *this;
    url made = *this;
    made.href_.resize(at_.query_end);
    return made;
}

}  // namespace patio::http
