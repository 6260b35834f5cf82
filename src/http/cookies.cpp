// SPDX-License-Identifier: MIT

#include <patio/http/cookies.hpp>

#include "cookie_rules.hpp"
#include "text_rules.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace patio::http {

namespace {

std::size_t bytes_of(const cookie& each) noexcept {
    return each.name.size() + each.value.size() + each.domain.size() + each.path.size();
}

bool has_expired(const cookie& each, cookie::time_point now) noexcept {
    return each.expires && *each.expires <= now;
}

bool is_same_cookie(const cookie& a, const cookie& b) noexcept {
    return a.name == b.name && a.path == b.path && a.is_host_only == b.is_host_only &&
           a.domain == b.domain;
}

}  // namespace

bool cookie_jar::is_public_suffix(std::string_view domain) const {
    if (domain.find('.') == std::string_view::npos) return true;
    return limits_.public_suffixes_ != nullptr && limits_.public_suffixes_(domain);
}

/// **Source** RFC 6265 section 5.3, steps 4 to 6.
cookie_verdict cookie_jar::set_domain(cookie& made, std::string_view domain_text,
                                      std::string_view host) const {
    made.domain = canonical_host(domain_text);
    made.is_host_only = made.domain.empty() || made.domain == host;
    if (made.is_host_only) {
        // Nothing is below an address; what is below a public suffix is somebody else's.
        made.is_host_only = made.domain.empty() || is_ip_host(host) || is_public_suffix(host);
        made.domain = host;
        return cookie_verdict::kept;
    }
    if (!is_cookie_host(made.domain) || !domain_matches(host, made.domain) ||
        is_public_suffix(made.domain))
        return cookie_verdict::foreign_domain;
    return cookie_verdict::kept;
}

/// Whether a cookie from a plain channel would hide, or replace, one of a secure channel.
/// **Source** RFC 6265bis section 5.7, "leave secure cookies alone".
bool cookie_jar::covers_secure(const cookie& made) const {
    for (const auto& [domain, entries] : by_domain_) {
        if (!domain_matches(domain, made.domain) && !domain_matches(made.domain, domain)) continue;
        for (const entry& each : entries) {
            if (each.kept.is_secure && each.kept.name == made.name &&
                path_matches(made.path, each.kept.path))
                return true;
        }
    }
    return false;
}

cookie_verdict cookie_jar::store(std::string_view set_cookie, std::string_view host_text,
                                 std::string_view path, channel_security channel, time_point now) {
    set_cookie_parts parts;
    const cookie_verdict read = read_set_cookie(set_cookie, parts);
    if (read != cookie_verdict::kept) return read;
    const std::string host = canonical_host(host_text);
    if (!is_cookie_host(host)) return cookie_verdict::foreign_domain;

    cookie made;
    const cookie_verdict domain = set_domain(made, parts.domain, host);
    if (domain != cookie_verdict::kept) return domain;
    made.path = parts.has_path ? parts.path : default_path(path);
    if (!is_cookie_path(made.path)) return cookie_verdict::malformed;
    made.name = parts.name;
    made.value = parts.value;
    made.is_secure = parts.is_secure;
    made.is_http_only = parts.is_http_only;
    made.site = parts.site;
    made.created = now;
    made.used = now;
    if (parts.age) {
        made.expires = now + std::min(*parts.age, limits_.age_max_);
    } else if (parts.expires) {
        made.expires = std::min(*parts.expires, now + limits_.age_max_);
    }

    const bool is_trusted = channel == channel_security::secure || is_loopback_host(host);
    if (!is_trusted && (made.is_secure || covers_secure(made))) return cookie_verdict::insecure;
    // `__Host-` wants the path to be said, even where it would be the default.
    if (!keeps_prefix(made) || (has_host_prefix(made) && !parts.has_path))
        return cookie_verdict::broken_prefix;
    return put(std::move(made), now);
}

cookie_verdict cookie_jar::put(cookie&& made, time_point now) {
    std::uint64_t order = next_order_;
    if (const auto at = by_domain_.find(made.domain); at != by_domain_.end()) {
        for (std::size_t i = 0; i < at->second.size(); ++i) {
            const entry& old = at->second[i];
            if (!is_same_cookie(old.kept, made)) continue;
            made.created = old.kept.created;
            order = old.order;
            erase(at, i);
            break;
        }
    }
    if (has_expired(made, now)) return cookie_verdict::deleted;
    const std::size_t bytes = bytes_of(made);
    if (bytes > limits_.bytes_max_ || limits_.cookies_max_ == 0 || limits_.domain_cookies_max_ == 0)
        return cookie_verdict::too_large;
    make_room_in_domain(made.domain, now);
    make_room(bytes, now);
    if (order == next_order_) ++next_order_;
    std::string domain = made.domain;
    by_domain_[std::move(domain)].push_back({std::move(made), order});
    ++count_;
    bytes_ += bytes;
    return cookie_verdict::kept;
}

void cookie_jar::erase(domains::iterator at, std::size_t index) noexcept {
    domain_cookies& entries = at->second;
    bytes_ -= bytes_of(entries[index].kept);
    --count_;
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(index));
    if (entries.empty()) by_domain_.erase(at);
}

template <class Predicate>
void cookie_jar::erase_if(Predicate is_gone) noexcept {
    for (auto at = by_domain_.begin(); at != by_domain_.end();) {
        domain_cookies& entries = at->second;
        const auto gone = std::remove_if(entries.begin(), entries.end(), [&](const entry& each) {
            if (!is_gone(each.kept)) return false;
            bytes_ -= bytes_of(each.kept);
            --count_;
            return true;
        });
        entries.erase(gone, entries.end());
        at = entries.empty() ? by_domain_.erase(at) : std::next(at);
    }
}

/// **Source** RFC 6265bis section 5.7: expired ones go first, then those that are not Secure.
void cookie_jar::make_room_in_domain(const std::string& domain, time_point now) {
    for (;;) {
        const auto at = by_domain_.find(domain);
        if (at == by_domain_.end() || at->second.size() < limits_.domain_cookies_max_) return;
        const auto rank = [now](const entry& each) {
            return std::pair{has_expired(each.kept, now) ? 0
                             : each.kept.is_secure       ? 2
                                                         : 1,
                             std::pair{each.kept.used, each.order}};
        };
        const auto victim =
            std::min_element(at->second.begin(), at->second.end(),
                             [&](const entry& a, const entry& b) { return rank(a) < rank(b); });
        erase(at, static_cast<std::size_t>(victim - at->second.begin()));
    }
}

void cookie_jar::make_room(std::size_t bytes, time_point now) {
    const auto is_full = [&] {
        return count_ > 0 &&
               (count_ >= limits_.cookies_max_ || bytes_ > limits_.bytes_max_ - bytes);
    };
    if (is_full()) remove_expired(now);
    while (is_full()) {
        auto victim_domain = by_domain_.end();
        const entry* victim = nullptr;
        for (auto at = by_domain_.begin(); at != by_domain_.end(); ++at) {
            for (const entry& each : at->second) {
                if (victim != nullptr && std::pair{victim->kept.used, victim->order} <=
                                             std::pair{each.kept.used, each.order})
                    continue;
                victim = &each;
                victim_domain = at;
            }
        }
        erase(victim_domain, static_cast<std::size_t>(victim - victim_domain->second.data()));
    }
}

std::string cookie_jar::header(std::string_view host_text, std::string_view path,
                               channel_security channel, time_point now) {
    const std::string host = canonical_host(host_text);
    const bool is_trusted = channel == channel_security::secure || is_loopback_host(host);
    std::vector<entry*> chosen;
    std::string_view domain = host;
    for (;;) {
        if (const auto at = by_domain_.find(domain); at != by_domain_.end()) {
            for (entry& each : at->second) {
                const cookie& kept = each.kept;
                if (has_expired(kept, now) || (kept.is_secure && !is_trusted)) continue;
                if (kept.is_host_only && kept.domain != host) continue;
                if (path_matches(path, kept.path)) chosen.push_back(&each);
            }
        }
        const std::size_t dot = domain.find('.');
        if (dot == std::string_view::npos || is_ip_host(host)) break;
        domain.remove_prefix(dot + 1);
    }
    std::sort(chosen.begin(), chosen.end(), [](const entry* a, const entry* b) {
        if (a->kept.path.size() != b->kept.path.size())
            return a->kept.path.size() > b->kept.path.size();
        return a->order < b->order;
    });
    std::string field;
    for (entry* each : chosen) {
        const cookie& kept = each->kept;
        const std::size_t bytes =
            kept.name.size() + kept.value.size() + (kept.name.empty() ? 0 : 1);
        const std::size_t between = field.empty() ? 0 : 2;
        if (field.size() + between + bytes > limits_.header_bytes_max_) continue;
        if (between > 0) field.append("; ");
        if (!kept.name.empty()) field.append(kept.name).push_back('=');
        field.append(kept.value);
        each->kept.used = now;
    }
    return field;
}

std::vector<const cookie_jar::entry*> cookie_jar::in_order() const {
    std::vector<const entry*> all;
    all.reserve(count_);
    for (const auto& [domain, entries] : by_domain_)
        for (const entry& each : entries)
            all.push_back(&each);
    std::sort(all.begin(), all.end(),
              [](const entry* a, const entry* b) { return a->order < b->order; });
    return all;
}

std::vector<cookie> cookie_jar::cookies() const {
    std::vector<cookie> all;
    all.reserve(count_);
    for (const entry* each : in_order())
        all.push_back(each->kept);
    return all;
}

void cookie_jar::remove_expired(time_point now) {
    erase_if([now](const cookie& each) { return has_expired(each, now); });
}

void cookie_jar::remove_session() {
    erase_if([](const cookie& each) { return !each.expires; });
}

void cookie_jar::clear() noexcept {
    by_domain_.clear();
    count_ = 0;
    bytes_ = 0;
}

}  // namespace patio::http
