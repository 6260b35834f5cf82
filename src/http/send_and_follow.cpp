// SPDX-License-Identifier: MIT

// Following redirects, and keeping cookies on the way.

#include "access.hpp"
#include "client_state.hpp"

#include <patio/core/as_outcome.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace patio::http::detail {

namespace {

/// Below it the connection is worth more than the time to read a redirect's own body.
constexpr std::uint64_t discarded_bytes_max = std::uint64_t{16} << 10;

void keep_cookies(client_errand& errand, const response& of) {
    if (!errand.of.settings.keeps_cookies) return;
    const url& from = errand.asked.url();
    const auto security =
        from.scheme() == "https" ? channel_security::secure : channel_security::plain;
    for (const std::string_view each : of.headers().all("Set-Cookie")) {
        const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        errand.of.jar.store(each, from.host(), from.path(), security, now);
    }
}

bool is_redirect(const response& of) noexcept {
    switch (of.status()) {
        case 301:
        case 302:
        case 303:
        case 307:
        case 308:
            return of.headers().contains("Location");
        default:
            return false;
    }
}

/// Where a redirect leads. **Fails** with request_error.
url target_of(client_errand& errand, const response& redirect) {
    client_call& call = *errand.call;
    const client_settings& settings = errand.of.settings;
    const url& from = errand.asked.url();
    if (errand.redirects.size() >= settings.redirects_max) {
        call.fail(make_error_code(errc::limit_exceeded),
                  "more than redirects_max (" + std::to_string(settings.redirects_max) + ")");
    }
    const url_result read = from.try_resolve(*redirect.header("Location"));
    const bool is_http = read && (read->scheme() == "http" || read->scheme() == "https");
    if (!is_http || !read->has_host()) {
        call.fail(make_error_code(errc::malformed), "Location is no URL of http or https");
    }
    if (from.scheme() == "https" && read->scheme() == "http" && !settings.allows_downgrade) {
        call.fail(make_error_code(std::errc::permission_denied),
                  "from https to http, which allow_downgrade would allow: " + shown_url(*read));
    }
    // RFC 9110 section 10.2.2.
    if (from.has_fragment() && !read->has_fragment()) return read->with_fragment(from.fragment());
    return *read;
}

/// What the next request is: RFC 9110 section 15.4, and what browsers make of 301 and 302.
void turn(client_errand& errand, int status, url to) {
    request& asked = errand.asked;
    const std::string method = asked.method();
    const bool becomes_get = (status == 303 && method != "HEAD") ||
                             ((status == 301 || status == 302) && method == "POST");
    if (becomes_get) {
        request_access::set_start(asked, "GET", "");
        asked.with(body{});
        for (const char* name : {"Content-Type", "Content-Encoding", "Content-Language",
                                 "Content-Location", "Content-MD5", "Expect"})
            asked.headers().remove(name);
    } else if (!rewind_body(errand)) {
        errand.call->fail(make_error_code(errc::unsupported),
                          "the request's body cannot be sent a second time");
    }
    if (to.origin() != asked.url().origin()) {
        errand.is_foreign = true;
        asked.headers().remove("Authorization");
        asked.headers().remove("Cookie");
        asked.headers().remove("Proxy-Authorization");
        asked.headers().remove("Host");
    }
    errand.redirects.push_back(asked.url());
    asked.to(std::move(to));
}

}  // namespace

async<response> send_and_follow(client_errand& errand) {
    for (;;) {
        auto sending = send_with_retries(errand);
        response answer = co_await std::move(sending);
        keep_cookies(errand, answer);
        if (!errand.of.settings.follows_redirects || !is_redirect(answer)) co_return answer;
        errand.call->phase = request_phase::redirecting;
        url next = target_of(errand, answer);
        const auto length = answer.body().length();
        if (length && *length <= discarded_bytes_max) {
            auto discarding = as_outcome(answer.body().discard());
            (void)co_await std::move(discarding);  // it only spares a connection
        }
        turn(errand, answer.status(), std::move(next));
        // What was asked is told as it is from here on; bodies of earlier responses are gone.
        errand.call->asked =
            request_error::asked{errand.asked.method(), shown_url(errand.asked.url())};
    }
}

}  // namespace patio::http::detail
