// SPDX-License-Identifier: MIT

// Whatever servers set: a jar never sends what could not stand in a field, keeps its limits, and is
// the same after it was saved and loaded. Whatever a file has in it: what is loaded is saved so.

#include "http/cookie_rules.hpp"

#include <patio/http/cookies.hpp>
#include <patio/http/headers.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using patio::http::channel_security;
using patio::http::cookie_jar;

constexpr cookie_jar::time_point start{std::chrono::seconds{1'700'000'000}};
constexpr std::string_view hosts[] = {"www.example.org", "example.org", "localhost", "192.0.2.1",
                                      "[::1]"};

patio::http::cookie_limits small() {
    return patio::http::cookie_limits{}
        .cookies_max(6)
        .domain_cookies_max(3)
        .bytes_max(300)
        .header_bytes_max(100);
}

void check_jar(cookie_jar jar, cookie_jar::time_point now) {
    if (jar.size() > 6 || jar.bytes() > 300) std::abort();
    std::size_t bytes = 0;
    for (const patio::http::cookie& each : jar.cookies()) {
        bytes += each.name.size() + each.value.size() + each.domain.size() + each.path.size();
        if (!patio::http::keeps_prefix(each) || each.domain == "org") std::abort();
    }
    if (bytes != jar.bytes()) std::abort();
    jar.remove_expired(now);
    const std::string text = jar.save();
    cookie_jar copy{small()};
    if (copy.load(text, now).skipped_count != 0) std::abort();
    if (copy.save() != text || copy.cookies() != jar.cookies()) std::abort();
    for (const std::string_view host : hosts) {
        for (const auto channel : {channel_security::plain, channel_security::secure}) {
            const std::string field = jar.header(host, "/dir/page", channel, now);
            if (field.size() > 100 || field != copy.header(host, "/dir/page", channel, now))
                std::abort();
            patio::http::headers fields;
            if (fields.try_add("Cookie", field) != patio::http::header_fault::none) std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text{reinterpret_cast<const char*>(data), size};
    static_cast<void>(patio::http::read_cookie_date(text));
    cookie_jar loaded{small()};
    static_cast<void>(loaded.load(text, start));
    check_jar(loaded, start);
    cookie_jar jar{small()};
    cookie_jar::time_point now = start;
    for (std::size_t i = 0; !text.empty(); ++i) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const auto channel = i % 3 == 0 ? channel_security::plain : channel_security::secure;
        jar.store(text.substr(0, end), hosts[i % std::size(hosts)], "/dir/page", channel, now);
        text.remove_prefix(std::min(end + 1, text.size()));
        now += std::chrono::seconds{1};
    }
    check_jar(jar, now);
    return 0;
}
