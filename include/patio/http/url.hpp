// SPDX-License-Identifier: MIT
#pragma once

// URLs as values: read, taken apart, resolved and changed by the WHATWG URL Standard.

#include <patio/base/assert.hpp>
#include <patio/base/config.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace patio::http {

namespace detail {
class url_parser;
struct url_pieces;
}  // namespace detail

class url_result;

/// How long a URL may be, before and after it is brought into its canonical form.
///
/// RFC 9110 section 4.1 asks for 8000 bytes at least; servers refuse much more.
inline constexpr std::size_t url_bytes_max = std::size_t{64} << 10;

/// Why a text is not a URL.
enum class url_fault : std::uint8_t {
    none,
    /// More than `url_bytes_max`.
    too_long,
    /// There is no scheme, and no base that could give one.
    no_scheme,
    /// The base is like `mailto:a@b`: only a fragment can be resolved against it.
    opaque_base,
    /// A scheme begins with a letter, and has letters, digits, plus, hyphen and dot; one that
    /// browsers treat specially does not become one that they do not, and the other way round.
    bad_scheme,
    /// Nothing stands where the host should.
    no_host,
    /// A character that no host has, as it is or percent-encoded.
    bad_host,
    /// The host has characters beyond ASCII. Their `xn--` form is needed: making it takes Unicode's
    /// tables (UTS #46), which are not in here.
    non_ascii_host,
    /// The host ends in a number, but is no IPv4 address.
    bad_ipv4,
    /// What stands in brackets is no IPv6 address, or a bracket is missing.
    bad_ipv6,
    /// A port is a number up to 65535.
    bad_port,
    /// A URL like `mailto:a@b` has no host and no path that could be changed; one without a host,
    /// or of a file, has no user and no port.
    no_such_part,
};

/// Says what the fault is, in a few words. **Borrows** nothing: it is a literal.
[[nodiscard]] PATIO_EXPORT const char* to_text(url_fault fault) noexcept;

/// What is wrong with a text, and where.
struct url_problem {
    url_fault fault = url_fault::none;
    /// Where the part begins that is at fault, or the character; in bytes.
    std::size_t position = 0;
};

/// What a host is.
enum class url_host : std::uint8_t {
    /// There is none: `mailto:a@b`, `data:,x`.
    none,
    /// There is one of no characters, as in `file:///etc/hosts`.
    empty,
    /// A name for DNS or the hosts file, in small letters.
    name,
    ipv4,
    ipv6,
    /// The host of a scheme that is not special: any text.
    opaque,
};

/// A URL in its canonical form: a value that is copied, compared, hashed and put into maps.
///
/// ```
/// const auto page = patio::http::url::parse("https://Example.org:443/a/./b?q=1#top");
/// page.href();                      // https://example.org/a/b?q=1#top
/// page.resolve("../c").href();      // https://example.org/c
/// ```
///
/// It reads what browsers read: blanks around the URL and tabs and line ends in it are left out,
/// backslashes are slashes, dot segments are gone, `http://0x7f.1` is `http://127.0.0.1`, default
/// ports are dropped, and what may not stand in a part is percent-encoded. *Special* schemes are
/// http, https, ws, wss, ftp and file; other ones are taken as they are, with fewer repairs.
///
/// Two things are other than in browsers. A host beyond ASCII is refused (`non_ascii_host`), while
/// `xn--` forms are accepted as they are. And bytes that are no UTF-8 are percent-encoded one by
/// one instead of being replaced.
///
/// An empty URL, as made by default, has no parts at all. So has one that was moved from.
///
/// **Fails** `parse`, `resolve` and what begins with `with_`: with `errc::malformed`, saying what
/// is wrong and at which position (the text is shown without its password, since messages land in
/// logs), or `limit_exceeded` for `url_bytes_max`. `try_parse` and `try_resolve` return it.
/// **Borrows** every view that is returned is a view of this object until it changes or ends.
/// **Cost** one string and the offsets of its parts: one allocation to parse what is canonical
/// already, none to look at a part. **Source** WHATWG URL Standard, sections 3 and 4; what it calls
/// a setter is a `with_` here.
class PATIO_EXPORT url {
public:
    url() noexcept = default;
    url(const url&) = default;
    url(url&& other) noexcept
        : href_{std::exchange(other.href_, {})}, at_{std::exchange(other.at_, {})} {}
    url& operator=(const url&) = default;
    url& operator=(url&& other) noexcept {
        href_ = std::exchange(other.href_, {});
        at_ = std::exchange(other.at_, {});
        return *this;
    }
    ~url() = default;

    /// Reads an absolute URL.
    [[nodiscard]] static url parse(std::string_view text);
    [[nodiscard]] static url_result try_parse(std::string_view text);
    /// Reads a URL that may be relative to `base`: a link, the Location of a redirect. An empty
    /// base is none.
    [[nodiscard]] static url parse(std::string_view text, const url& base);
    [[nodiscard]] static url_result try_parse(std::string_view text, const url& base);

    /// `parse(relative, *this)`.
    [[nodiscard]] url resolve(std::string_view relative) const;
    [[nodiscard]] url_result try_resolve(std::string_view relative) const;

    /// The whole text: `https://user:pw@example.org:8443/a/b?q=1#top`.
    [[nodiscard]] const std::string& href() const& noexcept { return href_; }
    [[nodiscard]] std::string href() && noexcept { return std::exchange(*this, {}).href_; }
    [[nodiscard]] bool empty() const noexcept { return href_.empty(); }

    /// `https`, in small letters and without the colon.
    [[nodiscard]] std::string_view scheme() const noexcept { return part(0, at_.scheme_end); }
    /// Percent-encoded, as all parts that follow; empty if there is none.
    [[nodiscard]] std::string_view username() const noexcept;
    [[nodiscard]] std::string_view password() const noexcept;
    [[nodiscard]] bool has_user() const noexcept { return at_.user_end != at_.host_begin; }

    /// `example.org`, `192.0.2.1`, or `[2001:db8::1]` with its brackets.
    [[nodiscard]] std::string_view host() const noexcept {
        return part(at_.host_begin, at_.host_end);
    }
    /// The host as resolvers and `ip_address::parse` take it: without brackets.
    [[nodiscard]] std::string_view host_bare() const noexcept;
    /// `example.org:8443`, or without the port if it is the scheme's: the Host field of a request
    /// (RFC 9110 section 7.2).
    [[nodiscard]] std::string_view host_and_port() const noexcept {
        return part(at_.host_begin, authority_end());
    }
    [[nodiscard]] url_host host_kind() const noexcept { return at_.kind; }
    [[nodiscard]] bool has_host() const noexcept { return at_.kind != url_host::none; }
    [[nodiscard]] bool host_is_ip() const noexcept {
        return at_.kind == url_host::ipv4 || at_.kind == url_host::ipv6;
    }

    /// The port that is written in the URL; one that is the scheme's own never is.
    [[nodiscard]] std::optional<std::uint16_t> port() const noexcept {
        if (!at_.has_port) return std::nullopt;
        return at_.port;
    }
    /// The port to connect to: 80 for http and ws, 443 for https and wss, 21 for ftp if no other is
    /// written; 0 if nothing is known.
    [[nodiscard]] std::uint16_t port_or_default() const noexcept;
    /// The port of a scheme, in small letters; 0 if it has none.
    [[nodiscard]] static std::uint16_t default_port(std::string_view scheme) noexcept;

    /// `/a/b`. It begins with a slash, unless the path is opaque, or empty behind the host of a
    /// scheme that is not special.
    [[nodiscard]] std::string_view path() const noexcept { return part(at_.path, at_.path_end); }
    /// What stands behind the question mark; empty also if there is none.
    [[nodiscard]] std::string_view query() const noexcept {
        return part(at_.path_end + has_query(), at_.query_end);
    }
    [[nodiscard]] bool has_query() const noexcept { return at_.path_end != at_.query_end; }
    /// What stands behind the `#`; empty also if there is none.
    [[nodiscard]] std::string_view fragment() const noexcept {
        return part(at_.query_end + has_fragment(), href_.size());
    }
    [[nodiscard]] bool has_fragment() const noexcept { return at_.query_end != href_.size(); }
    /// Path and query: the target of a request in origin form (RFC 9112 section 3.2.1). That of a
    /// special scheme begins with a slash and has no blanks, controls or bytes beyond ASCII.
    [[nodiscard]] std::string_view target() const noexcept { return part(at_.path, at_.query_end); }

    /// `https://example.org:8443`: what the same-origin policy and the Origin field compare. `null`
    /// for schemes without one, such as file and data; that of the URL inside for blob.
    /// **Source** WHATWG URL Standard, section 4.7.
    [[nodiscard]] std::string origin() const;

    /// Whether the scheme is http, https, ws, wss, ftp or file.
    [[nodiscard]] bool is_special() const noexcept { return at_.is_special; }
    /// Whether the path is one text without segments, as in `mailto:a@b`.
    [[nodiscard]] bool has_opaque_path() const noexcept { return at_.is_opaque; }

    /// Copies with another part. What may not stand in the part is percent-encoded, and nothing is
    /// left out: tabs and separators of other parts are encoded, too. `%` stays; give a value to
    /// `percent_encode` with `percent_set::component` first.
    ///
    /// From http, https, ws, wss and ftp to one of these, or between others.
    [[nodiscard]] url with_scheme(std::string_view scheme) const;
    /// Empty user and password take both away: what a redirect to another origin needs.
    [[nodiscard]] url with_user(std::string_view username, std::string_view password) const;
    /// A name or an address; IPv6 in brackets.
    [[nodiscard]] url with_host(std::string_view host) const;
    /// Nothing is the scheme's own.
    [[nodiscard]] url with_port(std::optional<std::uint16_t> port) const;
    /// Dot segments are resolved; a leading slash is added if it is missing.
    [[nodiscard]] url with_path(std::string_view path) const;
    [[nodiscard]] url with_query(std::string_view query) const;
    [[nodiscard]] url without_query() const;
    [[nodiscard]] url with_fragment(std::string_view fragment) const;
    /// What is sent to a server has none (RFC 9110 section 7.1).
    [[nodiscard]] url without_fragment() const;

    /// Two URLs are the same if their canonical texts are.
    friend bool operator==(const url& a, const url& b) noexcept { return a.href_ == b.href_; }
    friend std::strong_ordering operator<=>(const url& a, const url& b) noexcept {
        return a.href_ <=> b.href_;
    }

private:
    friend class detail::url_parser;

    // scheme : // username : password @ host : port path ? query # fragment
    //
    // In this order. A part's end is where the mark of the next stands, if there is that: `?` is at
    // path_end unless it equals query_end. Between host and path is the port, or, without a host,
    // the `/.` that keeps a path with two slashes from being read as one.
    struct offsets {
        std::uint32_t scheme_end = 0;
        std::uint32_t user = 0;
        std::uint32_t user_end = 0;
        std::uint32_t host_begin = 0;
        std::uint32_t host_end = 0;
        std::uint32_t path = 0;
        std::uint32_t path_end = 0;
        std::uint32_t query_end = 0;
        std::uint16_t port = 0;
        bool has_port = false;
        bool is_special = false;
        bool is_opaque = false;
        url_host kind = url_host::none;
    };

    [[nodiscard]] std::string_view part(std::size_t begin, std::size_t end) const noexcept {
        return {href_.data() + begin, end - begin};
    }
    [[nodiscard]] std::size_t authority_end() const noexcept {
        return has_host() ? at_.path : at_.host_end;
    }
    [[nodiscard]] detail::url_pieces pieces() const;
    [[nodiscard]] static url compose(const detail::url_pieces& pieces);

    std::string href_;
    offsets at_;
};

/// A URL, or what is wrong with its text.
class [[nodiscard("it says whether there is a URL")]] url_result {
public:
    url_result(url value) noexcept : value_{std::move(value)} {}     // NOLINT: `return made`
    url_result(url_problem problem) noexcept : problem_{problem} {}  // NOLINT: as above

    [[nodiscard]] bool has_value() const noexcept { return problem_.fault == url_fault::none; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    /// The URL. Asking a failed result for it ends the program.
    [[nodiscard]] const url& operator*() const& noexcept { return checked().value_; }
    [[nodiscard]] url operator*() && noexcept {
        (void)checked();  // it aborts or returns this object
        return std::move(value_);
    }
    [[nodiscard]] const url* operator->() const noexcept { return &checked().value_; }

    /// `url_fault::none` if there is a URL.
    [[nodiscard]] const url_problem& problem() const noexcept { return problem_; }

private:
    [[nodiscard]] const url_result& checked() const noexcept {
        PATIO_ASSERT(has_value(), "the text is no URL: ask the url_result whether it has a value");
        return *this;
    }

    url value_;
    url_problem problem_;
};

}  // namespace patio::http

// Doxygen 1.9 finds no scope for specialisations of the standard library.
/// @cond
template <>
struct std::hash<patio::http::url> {
    [[nodiscard]] std::size_t operator()(const patio::http::url& of) const noexcept {
        return std::hash<std::string>{}(of.href());
    }
};
/// @endcond
