// SPDX-License-Identifier: MIT

// Asking again when there was no response, or one that says "later".

#include "client_state.hpp"
#include "wire_http/dates.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/sleep.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace patio::http::detail {

namespace {

constexpr std::string_view idempotent_methods[] = {"GET",    "HEAD",    "PUT",
                                                   "DELETE", "OPTIONS", "TRACE"};

bool says_later(int status) noexcept {
    return status == 429 || status == 502 || status == 503 || status == 504;
}

/// Whether the next attempt may end otherwise.
bool is_transient(const std::error_code& code) noexcept {
    return code == std::errc::timed_out || code == std::errc::connection_refused ||
           code == std::errc::connection_reset || code == std::errc::connection_aborted ||
           code == std::errc::broken_pipe || code == std::errc::host_unreachable ||
           code == std::errc::network_unreachable || code == errc::end_of_stream ||
           code == errc::name_server_failed;
}

bool is_worth_it(const outcome<response>& of) {
    if (of) return says_later(of.value().status());
    try {
        std::rethrow_exception(of.error());
    } catch (const request_error& failure) {
        return is_transient(failure.code());
    } catch (...) {  // of the caller's own body
        return false;
    }
}

/// What Retry-After says; empty if there is none. **Source** RFC 9110 section 10.2.3.
std::optional<duration> retry_after(const response& of) {
    const auto value = of.header("Retry-After");
    if (!value) return std::nullopt;
    std::int64_t seconds = 0;
    const auto read = std::from_chars(value->data(), value->data() + value->size(), seconds);
    if (read.ec == std::errc{} && read.ptr == value->data() + value->size())
        return seconds >= 0 ? std::optional{duration::seconds(seconds)} : std::nullopt;
    const auto wall = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto when = wire::http::parse_date(*value, wall);
    if (!when) return std::nullopt;
    return std::max(duration{*when - wall}, duration{});
}

/// From a half to the whole of a time that doubles: those who failed together shall not come again
/// together.
duration back_off(client_state& of, std::size_t attempt) {
    duration longest = of.settings.retry_delay;
    for (std::size_t i = 0; i < attempt && longest < of.settings.retry_delay_max; ++i)
        longest = longest * 2;
    longest = std::min(longest, of.settings.retry_delay_max);
    const auto thousandths = static_cast<std::int64_t>(500 + of.random() % 501);
    return longest / 1000 * thousandths;
}

/// How long to wait before the next attempt; empty if there is none.
std::optional<duration> pause_before_next(client_errand& errand, const outcome<response>& last,
                                          std::size_t attempt) {
    const client_settings& settings = errand.of.settings;
    if (attempt >= settings.retries || !is_idempotent(errand.asked.method())) return std::nullopt;
    if (!is_worth_it(last)) return std::nullopt;
    duration pause = back_off(errand.of, attempt);
    if (last) {
        const std::optional<duration> asked = retry_after(last.value());
        if (asked && *asked > settings.retry_delay_max) return std::nullopt;
        if (asked) pause = *asked;
    }
    if (!rewind_body(errand)) return std::nullopt;
    return pause;
}

}  // namespace

bool is_idempotent(std::string_view method) noexcept {
    return std::find(std::begin(idempotent_methods), std::end(idempotent_methods), method) !=
           std::end(idempotent_methods);
}

async<response> send_with_retries(client_errand& errand) {
    for (std::size_t attempt = 0;; ++attempt) {
        std::optional<duration> pause;
        {
            auto sending = as_outcome(send_once(errand));
            outcome<response> sent = co_await std::move(sending);
            pause = pause_before_next(errand, sent, attempt);
            if (!pause) co_return std::move(sent).value();
        }
        co_await sleep(*pause);
    }
}

}  // namespace patio::http::detail
