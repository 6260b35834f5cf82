// SPDX-License-Identifier: MIT
#pragma once

// What servers ask a client to keep and to send back.

#include <patio/base/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patio::http {

/// What a cookie says about requests that other sites cause. It is kept and not enforced: a program
/// is no site among others, its requests are its own.
enum class same_site : std::uint8_t { unset, none, lax, strict };

/// How a request travels, or a response came.
enum class channel_security : std::uint8_t {
    plain,
    /// TLS. The loopback host counts as secure either way: `localhost`, `*.localhost`, 127.0.0.1
    /// and ::1, as in browsers.
    secure,
};

/// One cookie with its attributes, as a jar keeps it.
struct cookie {
    using time_point = std::chrono::sys_seconds;

    /// May be empty: then only the value is sent.
    std::string name;
    std::string value;
    /// Lowercase, without a dot before it.
    std::string domain;
    std::string path;
    /// Empty for one that lives as long as the session.
    std::optional<time_point> expires;
    time_point created;
    time_point used;
    /// Only for the host `domain` itself, not for those below it.
    bool is_host_only = true;
    bool is_secure = false;
    bool is_http_only = false;
    same_site site = same_site::unset;

    [[nodiscard]] bool operator==(const cookie& other) const = default;
};

/// What became of a cookie.
enum class cookie_verdict : std::uint8_t {
    kept,
    /// It had expired already: that is how servers delete one. One of its name is gone.
    deleted,
    /// A control character, a tab in the name or path, or neither a name nor a value.
    malformed,
    /// Name and value together are longer than `pair_bytes_max`, or nothing was left of the jar's
    /// limits.
    too_large,
    /// It is for a host that is not the one it comes from nor above it, or for everyone under a
    /// public suffix such as `com`.
    foreign_domain,
    /// Only a secure channel may set it, or it would cover one that a secure channel has set.
    insecure,
    /// The name begins with `__Secure-` or `__Host-`, and the rest is not as these promise.
    broken_prefix,
};

/// How much a jar keeps, and for whom. Each setter changes one thing and returns the object.
class PATIO_EXPORT cookie_limits {
public:
    /// Whether cookies for all hosts below this domain would be for strangers: `co.uk`. The domain
    /// is lowercase and has a dot.
    using suffix_rule = bool (*)(std::string_view domain);

    cookie_limits() noexcept = default;

    /// All cookies. 3000 by default. Beyond it, first those that have expired go, then those that
    /// were not sent for longest.
    cookie_limits& cookies_max(std::size_t count) noexcept {
        cookies_max_ = count;
        return *this;
    }
    /// Those of one domain; 180 by default. Those that are not Secure go first.
    cookie_limits& domain_cookies_max(std::size_t count) noexcept {
        domain_cookies_max_ = count;
        return *this;
    }
    /// The bytes of all names, values, domains and paths. 4 MiB by default.
    cookie_limits& bytes_max(std::size_t count) noexcept {
        bytes_max_ = count;
        return *this;
    }
    /// The longest value of a Cookie field; 8 KiB by default, as most servers take no more. What
    /// does not fit is left out, beginning with the least specific.
    cookie_limits& header_bytes_max(std::size_t count) noexcept {
        header_bytes_max_ = count;
        return *this;
    }
    /// The longest life. 400 days by default.
    cookie_limits& age_max(std::chrono::seconds age) noexcept {
        age_max_ = age;
        return *this;
    }
    /// A full list of public suffixes, such as libpsl's. Without it only domains without a dot are
    /// known as public.
    cookie_limits& public_suffixes(suffix_rule rule) noexcept {
        public_suffixes_ = rule;
        return *this;
    }

    /// Name and value together (RFC 6265bis section 5.7).
    static constexpr std::size_t pair_bytes_max = 4096;
    /// An attribute's value; a longer attribute is ignored.
    static constexpr std::size_t attribute_bytes_max = 1024;

private:
    friend class cookie_jar;
    std::size_t cookies_max_ = 3000;
    std::size_t domain_cookies_max_ = 180;
    std::size_t bytes_max_ = std::size_t{4} << 20;
    std::size_t header_bytes_max_ = std::size_t{8} << 10;
    std::chrono::seconds age_max_ = std::chrono::hours{24 * 400};
    suffix_rule public_suffixes_ = nullptr;
};

/// The cookies of a client: takes what servers set, and gives each request those that belong to it.
///
/// ```
/// jar.store(set_cookie, "www.example.org", "/shop/cart", channel_security::secure, now);
/// std::string field = jar.header("www.example.org", "/shop", channel_security::secure, now);
/// ```
///
/// Hosts are as a URL has them: a name in ASCII (`xn--…`), or an IP address, IPv6 with or without
/// its brackets; neither with a port. Paths are those of the URL, without its query. The jar has no
/// clock: each call is told the time.
///
/// **Cost** of a request: a search per label of the host, and the cookies of those domains. Of
/// storing: the cookies of one domain; all of them when a limit of the jar is reached.
/// **Threads** a value: one at a time.
/// **Source** RFC 6265, and RFC 6265bis where browsers have left it: cookies without a name, tabs
/// in values, prefixes of names, Secure ones that plain channels cannot cover, limits. Beyond both:
/// tabs in names and paths are refused, since the files of `save` have no place for them, and so
/// are values with a `=` and without a name, which servers would read as a name.
class PATIO_EXPORT cookie_jar {
public:
    using time_point = cookie::time_point;
    struct load_result;

    cookie_jar() = default;
    explicit cookie_jar(cookie_limits limits) : limits_{limits} {}

    // --- for each response and request

    /// Takes the value of one Set-Cookie field of a response from `host`, to a request for `path`.
    /// **Returns** what became of it; callers have no reason to care, save for logs and tests.
    cookie_verdict store(std::string_view set_cookie, std::string_view host, std::string_view path,
                         channel_security channel, time_point now);
    /// The value of the Cookie field of a request, empty if it shall have none. Longer paths come
    /// first, then older cookies (RFC 6265 section 5.4).
    [[nodiscard]] std::string header(std::string_view host, std::string_view path,
                                     channel_security channel, time_point now);

    // --- the whole

    /// All cookies, as they came.
    [[nodiscard]] std::vector<cookie> cookies() const;
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    /// What counts for `bytes_max`.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    /// Takes away those that have expired.
    void remove_expired(time_point now);
    /// Takes away those without a time to expire: the session has ended.
    void remove_session();
    void clear() noexcept;

    // --- in a file

    /// The jar as a text: the `cookies.txt` of Netscape, curl, wget and Python. What that format
    /// has no place for stands in comments. Cookies of the session are in it, too.
    [[nodiscard]] std::string save() const;
    /// Adds the cookies of such a text, also one that others have written. Lines that are none, and
    /// cookies that no server could have set or whose time is over, are skipped.
    load_result load(std::string_view text, time_point now);

private:
    struct entry {
        cookie kept;
        std::uint64_t order;
    };
    using domain_cookies = std::vector<entry>;
    using domains = std::map<std::string, domain_cookies, std::less<>>;

    [[nodiscard]] cookie_verdict set_domain(cookie& made, std::string_view domain,
                                            std::string_view host) const;
    [[nodiscard]] bool is_public_suffix(std::string_view domain) const;
    [[nodiscard]] bool covers_secure(const cookie& made) const;
    cookie_verdict put(cookie&& made, time_point now);
    [[nodiscard]] std::vector<const entry*> in_order() const;
    void erase(domains::iterator at, std::size_t index) noexcept;
    template <class Predicate>
    void erase_if(Predicate is_gone) noexcept;
    void make_room_in_domain(const std::string& domain, time_point now);
    void make_room(std::size_t bytes, time_point now);

    cookie_limits limits_;
    // No domain is without cookies. `count_` and `bytes_` are the sums over all of them. `order`
    // says which of two is older; one that replaces another takes its place in it.
    domains by_domain_;
    std::uint64_t next_order_ = 0;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
};

/// What was in a saved text.
struct cookie_jar::load_result {
    std::size_t loaded_count = 0;
    std::size_t skipped_count = 0;
};

}  // namespace patio::http
